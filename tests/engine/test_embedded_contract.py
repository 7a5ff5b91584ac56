"""The embedded engine keeps the contract of every engine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engine import contract
from visualizer.engine.embedded import EmbeddedEngine
from visualizer.engine.port import Engine


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    """An embedded engine on an empty folder."""
    made: Engine = EmbeddedEngine(tmp_path)
    yield made
    await made.close()


class TestBuilds(contract.BuildContract):
    pass


class TestEntering(contract.EnterContract):
    pass


class TestContainers(contract.ContainerContract):
    pass


class TestLifecycle(contract.LifecycleContract):
    pass


class TestExecs(contract.ExecContract):
    pass


class TestImages(contract.ImageContract):
    pass


class TestLabs(contract.LabContract):
    pass


class TestLimits(contract.LimitContract):
    pass


class TestTransfers(contract.TransferContract):
    pass


class TestTransferLimits(contract.TransferLimitContract):
    pass


class TestTransferSizes(contract.TransferSizeContract):
    pass


class TestXray(contract.XrayContract):
    pass
