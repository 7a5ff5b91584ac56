"""Fixtures that the tests of labs, sockets and pages share."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, settings

from tests.engine_fake import FakeEngine
from tests.socket_client import Socket, connect
from visualizer.engine.port import Engine
from visualizer.environment import Environment
from visualizer.labs import opening, wiring
from visualizer.labs.database import close_connections, in_database
from visualizer.labs.engines import Engines, Offer
from visualizer.labs.registry import Registry
from visualizer.labs.workspace import starter_files

OpenLab: TypeAlias = Callable[[], Awaitable[str]]
Connect: TypeAlias = Callable[..., Awaitable[Socket]]

OWNER = "the-owner-of-the-lab"

# How long an example takes says more about the machine than about the code.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture
def environment() -> Environment:
    """The site's settings; a test that needs others overrides this fixture or replaces them."""
    return replace(wiring.environment(), sweep_seconds=0)


@pytest.fixture
async def engine() -> FakeEngine:
    """The fake engine of this test."""
    return FakeEngine()


def one_engine(engine: Engine, environment: Environment, kind: str = "embedded") -> Engines:
    """What a site offers that has this engine alone."""
    return Engines([Offer(kind, "An engine", "It is for tests.", environment.builds, engine)])


@pytest.fixture
async def registry(
    engine: FakeEngine, environment: Environment, transactional_db: None
) -> AsyncIterator[Registry]:
    """The site at work on the fake engine."""
    made = Registry(one_engine(engine, environment), environment)
    wiring.install(made)
    yield made
    await made.close()
    wiring.install(None)
    close_connections()


@pytest.fixture
async def lab(registry: Registry) -> str:
    """A fresh lab of `OWNER`."""
    return await in_database(opening.create, OWNER, "embedded", starter_files(), 50)


@pytest.fixture
async def join(registry: Registry) -> AsyncIterator[Connect]:
    """Opens sockets: `await join(lab, owner=OWNER, after=0)`; closes them at the end."""
    sockets: list[Socket] = []

    async def opened(lab: str, owner: str | None = OWNER, after: int | str = 0) -> Socket:
        socket = await connect(lab, owner=owner, after=after)
        sockets.append(socket)
        return socket

    yield opened
    for socket in sockets:
        await socket.close()
