"""What a Python finds of us inside its sandbox: one folder that no listing shows.

It holds the start-up module (`sitecustomize`), and is how that module and we talk: reading the
link `signal` gives the number of a signal that has come, making the directory `ready` tells that
the program begins, `handle-15` or `default-15` which signals Python code handles.
"""

import re
from pathlib import Path
from typing import Protocol

from visualizer.engine.embedded.userland.python import abi

FOLDER = "/.layercake"
_STARTUP = Path(__file__).with_name("sitecustomize.txt").read_bytes()


class Signals(Protocol):
    """Who keeps a Python's signals."""

    def take(self) -> int:
        """The number of a signal that has come and was not taken yet; 0 for none."""

    def ready(self) -> None:
        """The start-up module is done, the program begins."""

    def handle(self, number: int, handled: bool) -> None:
        """Python code handles this signal now, or no longer."""


class Inside:
    """Serves the folder to one Python."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals

    def read(self, path: str) -> bytes:
        """A file's content."""
        if path != f"{FOLDER}/sitecustomize.py":
            raise abi.WasiError(abi.NOENT)
        return _STARTUP

    def status(self, path: str) -> tuple[int, int]:
        """A path's file type and size."""
        if path.rstrip("/.") == FOLDER:
            return abi.DIRECTORY, 0
        return abi.REGULAR, len(self.read(path))

    def ask(self, path: str) -> str:
        """The link `signal`."""
        if path != f"{FOLDER}/signal":
            raise abi.WasiError(abi.NOENT)
        return str(self._signals.take())

    def tell(self, path: str) -> None:
        """The directories `ready`, `handle-N` and `default-N`."""
        if path == f"{FOLDER}/ready":
            self._signals.ready()
            return
        match = re.fullmatch(rf"{re.escape(FOLDER)}/(handle|default)-(\d+)", path)
        if match is None:
            raise abi.WasiError(abi.NOENT)
        self._signals.handle(int(match[2]), match[1] == "handle")
