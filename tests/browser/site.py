"""The real site as a process of its own: its own data folder, its own port, started and stopped."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 180.0
STOP_SECONDS = 90.0


class SiteBroken(AssertionError):
    """The site did not come up or go down; the message holds the end of its log."""


class Site:
    """`manage.py serve` on loopback. `stop` ends it as a person would, `kill` as a crash would."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self.log = data / "site.log"
        self.port = _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = {
            **_plain_environment(),
            "LAYERCAKE_DATA": str(data),
            # Not whatever answers on this machine.
            "LAYERCAKE_ENGINE": "embedded",
            # One browser plays a whole class here.
            "LAYERCAKE_LABS_PER_MINUTE": "100000",
            "LAYERCAKE_LABS_PER_OWNER": "10000",
            **{f"LAYERCAKE_{name.upper()}": value for name, value in settings.items()},
        }

    @property
    def pid(self) -> int:
        """The server's process id. Raises SiteBroken when it is not running."""
        if self._process is None:
            raise SiteBroken("the site is not running")
        return self._process.pid

    def start(self) -> None:
        """Start and wait until it answers."""
        self.data.mkdir(parents=True, exist_ok=True)
        if not (self.data / "db.sqlite3").exists():
            self._manage("migrate", "--no-input", "--verbosity", "0")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--port", str(self.port)],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait_until_it_answers()

    def stop(self) -> None:
        """SIGTERM, and wait until it has gone."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL: it has no chance to tidy up."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise SiteBroken(f"the site did not end on {number.name}:\n{self._tail()}") from None

    def _manage(self, *words: str) -> None:
        answer = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode != 0:
            raise SiteBroken(f"manage.py {' '.join(words)} failed:\n{answer.stderr[-4000:]}")

    def _wait_until_it_answers(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise SiteBroken(f"the site ended at once:\n{self._tail()}")
            try:
                with urllib.request.urlopen(f"{self.address}/healthz", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                # Not listening yet: asking again is the only way to know.
                time.sleep(0.05)
        raise SiteBroken(f"the site did not answer within {START_SECONDS} s:\n{self._tail()}")

    def _tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-40:])


def _plain_environment() -> dict[str, str]:
    """Ours, without the settings of the tests or of the person who runs them."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("LAYERCAKE_")}
    ours.pop("DJANGO_SETTINGS_MODULE", None)
    if cache := os.environ.get("LAYERCAKE_CACHE"):
        ours["LAYERCAKE_CACHE"] = cache
    return ours


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
