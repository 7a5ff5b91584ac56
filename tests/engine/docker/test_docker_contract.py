"""The Docker engine keeps the contract of every engine."""

from tests.engine import contract


class TestBuilds(contract.BuildContract):
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


class TestEntering(contract.EnterContract):
    pass


class TestXray(contract.XrayContract):
    pass
