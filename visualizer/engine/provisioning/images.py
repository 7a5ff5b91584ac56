"""The base images on an engine: which are there, and loading more from an archive."""

import contextlib
import http.client
import json
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, cast

from visualizer.engine.provisioning.errors import ProvisioningFailed

PATIENCE = 60.0
"""Seconds that the engine may be silent, apart from unpacking what it was sent."""
UNPACKING = 600.0


class EngineImages:
    """The images of the engine that listens on this socket."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def held(self) -> Mapping[str, str]:
        """Digest by reference (`python:3.12-slim`). Raises ProvisioningFailed."""
        status, body = self._call("GET", "/images/json", PATIENCE)
        if status != 200:
            raise self._refused("say which images it has", body)
        return {
            reference: image["Id"]
            for image in json.loads(body)
            for reference in image.get("RepoTags") or ()
            if reference != "<none>:<none>"
        }

    def load(self, write: Callable[[IO[bytes]], object]) -> None:
        """Load the archive (`docker save`) that `write` writes. Raises ProvisioningFailed."""
        connection = _Connection(self.path, UNPACKING)
        try:
            connection.putrequest("POST", "/images/load?quiet=1")
            connection.putheader("Content-Type", "application/x-tar")
            connection.putheader("Transfer-Encoding", "chunked")
            connection.endheaders()
            broken = _send(connection, write)
            answer = connection.getresponse()
            status, body = answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise self._silent(error) from error
        finally:
            connection.close()
        problem = _problem(body)
        if status != 200 or problem or broken:
            raise self._refused("load the images", problem.encode() or body or broken.encode())

    def load_file(self, path: Path) -> None:
        """Load an archive that lies on the disk. Raises ProvisioningFailed."""
        try:
            with path.open("rb") as file:
                self.load(lambda target: _copy(file, target))
        except OSError as error:
            raise ProvisioningFailed(
                f"{path} cannot be read.",
                f"{error.strerror or error}.",
                "Give the file that scripts/base-images --bundle or docker save has written.",
            ) from error

    def _call(self, method: str, path: str, seconds: float) -> tuple[int, bytes]:
        connection = _Connection(self.path, seconds)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise self._silent(error) from error
        finally:
            connection.close()

    def _silent(self, error: Exception) -> ProvisioningFailed:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return ProvisioningFailed(
            "The engine does not answer.",
            f"{self.path}: {reason}.",
            "python manage.py engine status says how the site's own engine is; "
            "python manage.py engine up starts it.",
        )

    def _refused(self, doing: str, body: bytes) -> ProvisioningFailed:
        text = body.decode(errors="replace").strip()
        with contextlib.suppress(ValueError, KeyError, TypeError):
            text = str(json.loads(text)["message"])
        return ProvisioningFailed(
            f"The engine could not {doing}.",
            f"It says: {text[:500] or 'nothing'}",
            "Is the file whole, and has the engine's disk room? python manage.py engine status "
            "shows the disk.",
        )


class _Connection(http.client.HTTPConnection):
    """HTTP on a Unix socket."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__("engine", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        """Called by http.client when the first request is sent."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class _Chunks:
    """A file to write to: each piece goes out as a chunk of HTTP."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    def write(self, piece: bytes) -> int:
        if piece:
            self._connection.send(b"%x\r\n%b\r\n" % (len(piece), piece))
        return len(piece)


def _send(connection: _Connection, write: Callable[[IO[bytes]], object]) -> str:
    """Send the body; why the engine stopped reading it, empty when it has all."""
    try:
        write(cast(IO[bytes], _Chunks(connection)))
        connection.send(b"0\r\n\r\n")
    except (BrokenPipeError, ConnectionResetError):
        # It refused in the middle. What it said stands in the answer.
        return "it closed the connection"
    return ""


def _copy(source: IO[bytes], target: IO[bytes]) -> None:
    while piece := source.read(1 << 20):
        target.write(piece)


def _problem(body: bytes) -> str:
    """What a stream of JSON lines calls an error; the engine says so after "200 OK"."""
    for line in body.splitlines():
        try:
            told: Any = json.loads(line)
        except ValueError:
            continue
        if isinstance(told, dict) and told.get("error"):
            return str(told["error"])
    return ""
