"""What every engine has to do, whichever it is. An adapter's tests inherit these classes.

A subclass's module gives a fixture `engine`; the images used are `busybox` and `python:3.12-slim`,
and the commands those that both have.
"""

from tests.engine.contracts.builds import BuildContract
from tests.engine.contracts.containers import ContainerContract
from tests.engine.contracts.entering import EnterContract
from tests.engine.contracts.execs import ExecContract
from tests.engine.contracts.images import ImageContract
from tests.engine.contracts.labs import LabContract
from tests.engine.contracts.lifecycle import LifecycleContract
from tests.engine.contracts.limits import LimitContract
from tests.engine.contracts.transfers import (
    TransferContract,
    TransferLimitContract,
    TransferSizeContract,
)
from tests.engine.contracts.xray import XrayContract

__all__ = [
    "BuildContract",
    "ContainerContract",
    "EnterContract",
    "ExecContract",
    "ImageContract",
    "LabContract",
    "LifecycleContract",
    "LimitContract",
    "TransferContract",
    "TransferLimitContract",
    "TransferSizeContract",
    "XrayContract",
]
