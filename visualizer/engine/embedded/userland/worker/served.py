"""In the site: answers a worker's questions about the container's files."""

import contextlib
import socket
import threading
import time
from typing import Any

from bashkit import FileSystem

from visualizer.engine.embedded.userland.paths import look
from visualizer.engine.embedded.userland.threads import yield_to_the_site
from visualizer.engine.embedded.userland.worker.wire import Message, receive, send

_KINDS = (
    ("not empty", 7), ("not a directory", 6), ("is a directory", 5), ("exists", 2),
    ("not found", 1), ("not a symlink", 4),
)  # fmt: skip
_OPERATIONS = frozenset(
    {
        "read_file", "write_file", "append_file", "mkdir", "remove", "stat", "read_dir", "exists",
        "rename", "copy", "symlink", "read_link", "chmod",
    }
)  # fmt: skip
_WRITTEN = {"write_file": 0, "copy": 1}
"""Operations that write over a file, with the place of its path among their words."""
_FREE = 2000
_A_BREATH = 16
_BREATH_SECONDS = 0.004


class ServedFiles:
    """One worker's access to one file system; one question at a time, on a thread of its own.

    Not on the event loop: asyncio moves what is left of a large answer about at every send.
    """

    def __init__(self, filesystem: FileSystem) -> None:
        self._filesystem = filesystem
        self._connection: socket.socket | None = None

    def start(self, connection: socket.socket) -> None:
        """Answer until the worker is gone or `close` is called."""
        self._connection = connection
        connection.setblocking(True)
        threading.Thread(
            target=self._serve, args=(connection,), name="layercake-files", daemon=True
        ).start()

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)

    def _serve(self, connection: socket.socket) -> None:
        yield_to_the_site()
        asked = 0
        with contextlib.suppress(OSError, ValueError), connection:
            while True:
                send(connection, self._answer(receive(connection)))
                asked += 1
                if asked > _FREE and asked % _A_BREATH == 0:
                    # A loop that does nothing but write files must leave the site room.
                    time.sleep(_BREATH_SECONDS)

    def _answer(self, message: Message) -> Message:
        try:
            operation, *words = message
            if operation not in _OPERATIONS:
                return [1, 8, "unsupported"]
            mode = self._mode_to_keep(operation, words)
            answer = _plain(operation, getattr(self._filesystem, operation)(*words))
            if mode is not None:
                self._filesystem.chmod(words[_WRITTEN[operation]], mode)
            return [0, answer]
        except (RuntimeError, OSError, TypeError, ValueError) as error:
            text = str(error).removeprefix("io error: ")
            kind = next((kind for words, kind in _KINDS if words in text), 0)
            return [1, kind, text]

    def _mode_to_keep(self, operation: str, words: list[Any]) -> int | None:
        """The mode of a file that is written over: bashkit would give it the one of a new file."""
        if operation not in _WRITTEN:
            return None
        found = look(self._filesystem, words[_WRITTEN[operation]])
        return found["mode"] if found and found["file_type"] == "file" else None


def _plain(operation: str, value: Any) -> Any:
    if operation == "stat":
        return _status(value)
    if operation == "read_dir":
        return [[entry["name"], _status(entry["metadata"])] for entry in value]
    return value


def _status(status: dict[str, Any]) -> Message:
    return [
        status["file_type"],
        status["size"],
        status["mode"],
        float(status["modified"]),
        float(status["created"]),
    ]
