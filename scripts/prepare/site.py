"""The site's own set-up, once Python and the front end are there: database, sandbox, server."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from scripts.prepare import places, stamps, telling

MANAGE = places.ROOT / "manage.py"
MIGRATIONS = places.ROOT / "visualizer" / "migrations"
WARM = "from visualizer.engine.embedded.userland.python import module; module.compiled()"


def ready() -> None:
    """Bring the database up to date, and compile the Python sandbox ahead of its first use."""
    migrate()
    warm_sandbox()


def migrate() -> None:
    """Apply migrations, unless this database has had just these."""
    data = places.data_folder()
    digest = stamps.digest_of(places.ROOT, stamps.files_under(MIGRATIONS))
    stamp = data / ".layercake-migrations"
    if (data / "db.sqlite3").exists() and stamps.is_current(stamp, digest):
        return
    with telling.step("Preparing the database"):
        telling.run(
            [places.venv_python(), MANAGE, "migrate", "--no-input"],
            log="migrate",
            what="The database could not be prepared.",
            why="manage.py migrate failed",
            try_=f"Look whether {data} can be written to. Its file db.sqlite3 holds the labs; "
            "without it the site starts with none.",
        )
    stamps.write(stamp, digest)


def warm_sandbox() -> None:
    """Compile the WebAssembly Python once, so that the first learner does not wait for it."""
    digest = stamps.digest_of(places.ROOT, [places.ROOT / "requirements.txt"])
    stamp = places.VENV / ".layercake-sandbox"
    if stamps.is_current(stamp, digest):
        return
    with telling.step("Compiling the Python sandbox"):
        telling.run(
            [places.venv_python(), "-c", WARM],
            log="sandbox",
            what="The Python sandbox could not be compiled.",
            why="wasmtime failed on CPython's WebAssembly module",
            try_="Delete .venv and run the command again, so that the packages are installed anew.",
        )
    stamps.write(stamp, digest)


def check_port(host: str, port: int) -> None:
    """Raise SetUpFailed when nothing could listen there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            if sys.platform != "win32":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise telling.SetUpFailed(
            f"The site cannot listen on {host}, port {port}.",
            f"{error.strerror or error}. Perhaps it is running already.",
            f"Another port: scripts/run --port {port + 1}",
        ) from error


def serve(host: str, port: int) -> int:
    """Become the server; on Windows, which cannot, wait for it. The exit status."""
    command: list[str | Path] = [
        places.venv_python(), MANAGE, "serve", "--host", host, "--port", str(port)
    ]  # fmt: skip
    words = [str(word) for word in command]
    os.chdir(places.ROOT)
    sys.stdout.flush()
    if sys.platform != "win32":
        os.execve(words[0], words, places.clean_environment())
    return subprocess.call(words, env=places.clean_environment())
