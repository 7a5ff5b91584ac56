"""The simulated userland: commands, shells and a real CPython on a container's file system.

COMMANDS   names that a stub file `#!layercake:<name>` may name
Userland   starts processes on one file system; raises CannotStart
Process    a running process; `wait` gives Ended
TerminalProcess   an interactive one
warm_up    makes the first shell and the first Python fast; raises NoWorker, PythonUnavailable
"""

from visualizer.engine.embedded.userland.commands import COMMANDS
from visualizer.engine.embedded.userland.contract import CannotStart, Ended
from visualizer.engine.embedded.userland.control import UnknownSignal
from visualizer.engine.embedded.userland.process import Process
from visualizer.engine.embedded.userland.python.module import PythonUnavailable
from visualizer.engine.embedded.userland.terminal.process import TerminalProcess
from visualizer.engine.embedded.userland.userland import Userland, warm_up
from visualizer.engine.embedded.userland.worker.pool import NoWorker

__all__ = [
    "COMMANDS",
    "CannotStart",
    "Ended",
    "NoWorker",
    "Process",
    "PythonUnavailable",
    "TerminalProcess",
    "UnknownSignal",
    "Userland",
    "warm_up",
]
