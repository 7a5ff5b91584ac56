"""The real site as a process of its own, for tests of what only a process can show."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from visualizer.environment import PROJECT

SECONDS = 120.0


class Site:
    """`manage.py serve` on a free port with its own data folder."""

    def __init__(self, data: Path, **variables: str) -> None:
        self.data = data
        self._variables = {f"LAYERCAKE_{name.upper()}": value for name, value in variables.items()}
        self.process: subprocess.Popen[str] | None = None
        self.port = 0
        self.said: list[str] = []
        self.options: tuple[str, ...] = ()
        """Further words for `serve`."""

    def manage(self, *words: str) -> subprocess.Popen[str]:
        """Start a management command."""
        environment = {**os.environ, **self._variables, "LAYERCAKE_DATA": str(self.data)}
        environment["DJANGO_SETTINGS_MODULE"] = "visualizer.settings"
        return subprocess.Popen(
            [sys.executable, str(PROJECT / "manage.py"), *words],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def migrate(self) -> None:
        """Make the database."""
        done = self.manage("migrate", "--verbosity", "0")
        output, _ = done.communicate(timeout=SECONDS)
        assert done.returncode == 0, output

    def start(self) -> None:
        """Start serving; returns when the address was printed."""
        self.process = self.manage("serve", "--port", "0", *self.options)
        listening = threading.Event()
        threading.Thread(target=self._listen, args=(self.process, listening), daemon=True).start()
        assert listening.wait(SECONDS), f"the site did not start: {''.join(self.said)}"
        assert self.port, "".join(self.said)

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """SIGKILL: no last words."""
        return self._end(signal.SIGKILL)

    def get(self, path: str, cookie: str = "") -> Any:
        """JSON from the site."""
        request = urllib.request.Request(f"{self.address}{path}", headers={"Cookie": cookie})
        with urllib.request.urlopen(request, timeout=SECONDS) as response:
            return json.load(response)

    def page(self, path: str, cookie: str = "") -> str:
        """A page's HTML; also that of one which says that the engine is not there (503)."""
        request = urllib.request.Request(f"{self.address}{path}", headers={"Cookie": cookie})
        try:
            response = urllib.request.urlopen(request, timeout=SECONDS)
        except HTTPError as error:
            if error.code != 503:
                raise
            response = error
        with response:
            return str(response.read().decode())

    def open_lab(self) -> tuple[str, str]:
        """A fresh lab; its id and its owner's cookie."""
        try:
            urllib.request.build_opener(_Stay).open(f"{self.address}/lab/", timeout=SECONDS)
        except HTTPError as answer:
            location, cookie = answer.headers["Location"], answer.headers["Set-Cookie"]
            answer.close()
            return location.split("/")[2], cookie.split(";")[0]
        raise AssertionError("the site did not redirect to a lab")

    def tape(self, lab: str) -> list[dict[str, Any]]:
        """The lab's whole tape."""
        found: list[dict[str, Any]] = []
        while page := self.get(f"/api/labs/{lab}/events?after={len(found)}")["events"]:
            found += page
        return found

    @property
    def address(self) -> str:
        """Without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def memory(self) -> int:
        """Bytes of the process that are in memory."""
        assert self.process
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found
        return int(found[1]) * 1024

    def _end(self, number: signal.Signals) -> int:
        assert self.process
        self.process.send_signal(number)
        status = self.process.wait(SECONDS)
        self.process = None
        return status

    def _listen(self, process: subprocess.Popen[str], listening: threading.Event) -> None:
        assert process.stdout
        with process.stdout:
            for line in process.stdout:
                self.said.append(line)
                if found := re.search(r"Layercake is at http://127\.0\.0\.1:(\d+)/", line):
                    self.port = int(found[1])
                    listening.set()
        listening.set()


class _Stay(urllib.request.HTTPRedirectHandler):
    """Does not follow redirects."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def wait_until(met: Any, seconds: float = SECONDS) -> Any:
    """Ask again and again until the answer is true; the answer."""
    deadline = time.monotonic() + seconds
    while not (answer := met()):
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.05)
    return answer
