"""An engine on another machine, reached as the docker command does it: the system's ssh runs
`docker system dial-stdio` there, one process a connection."""

import asyncio
import contextlib
import socket
import subprocess
import tempfile
import threading

from visualizer.engine.docker.address import Address

LAST_WORDS = 2048
"""Bytes that are kept of what ssh says when it fails."""
LAST_WORDS_SECONDS = 1.0
_OPTIONS = (
    # Nobody is there to answer a question, or to look at what an engine's machine sends back.
    "BatchMode=yes", "ConnectTimeout=10", "ForwardAgent=no", "ForwardX11=no",
    "ClearAllForwardings=yes", "PermitLocalCommand=no", "RequestTTY=no",
    # A machine that vanished closes no connection.
    "ServerAliveInterval=15", "ServerAliveCountMax=3",
)  # fmt: skip


class Ssh:
    """One ssh, with a socket to what it reaches."""

    def __init__(self, address: Address) -> None:
        """Raises OSError when there is no ssh."""
        # A socket and no pipes: closing it is all that it takes for both sides to be done.
        self.socket, its = socket.socketpair()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `close`)
        try:
            self._process = subprocess.Popen(
                ssh_command(address), stdin=its.fileno(), stdout=its.fileno(), stderr=self._errors
            )
        except OSError:
            self.socket.close()
            self._errors.close()
            raise
        finally:
            its.close()
        # Waits for its end, so that none is left behind as a zombie.
        self._ended = threading.Thread(target=self._process.wait, daemon=True)
        self._ended.start()

    async def last_words(self) -> str:
        """What it said; empty when it said nothing."""
        await asyncio.to_thread(self._ended.join, LAST_WORDS_SECONDS)
        if self._errors.closed:
            return ""
        self._errors.seek(0)
        return self._errors.read(LAST_WORDS).decode("utf-8", "replace").strip()

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(OSError):
            self._process.terminate()
        self._errors.close()


def ssh_command(address: Address) -> list[str]:
    """The words of the system's ssh, which has its own settings, keys and known hosts."""
    options = [word for option in _OPTIONS for word in ("-o", option)]
    if address.user:
        options += ["-l", address.user]
    if address.port:
        options += ["-p", str(address.port)]
    there = ["docker", "system", "dial-stdio"]
    if address.path:
        there[1:1] = ["--host", f"unix://{address.path}"]
    return ["ssh", *options, "--", address.host, *there]
