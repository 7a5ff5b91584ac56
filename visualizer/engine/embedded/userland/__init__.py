"""The simulated userland: commands, shells and a real CPython on a container's file system.

COMMANDS   names that a stub file `#!layercake:<name>` may name
Userland   starts processes on one file system; raises CannotStart
Process    a running process; `wait` gives Ended
TerminalProcess   an interactive one
"""

from visualizer.engine.embedded.userland.commands import COMMANDS
from visualizer.engine.embedded.userland.contract import CannotStart, Ended
from visualizer.engine.embedded.userland.control import UnknownSignal
from visualizer.engine.embedded.userland.process import Process
from visualizer.engine.embedded.userland.terminal.process import TerminalProcess
from visualizer.engine.embedded.userland.userland import Userland, warm_up

__all__ = [
    "COMMANDS",
    "CannotStart",
    "Ended",
    "Process",
    "TerminalProcess",
    "UnknownSignal",
    "Userland",
    "warm_up",
]
