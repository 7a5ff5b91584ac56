"""A private Docker Engine for the tests: its own socket, data, images and network namespace.

It has the starter images of busybox and Python, so nothing is pulled.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from scripts.base_images import giving, starters

BUSYBOX = Path("/bin/busybox")
PROGRAMS = ("dockerd", "docker", "iptables", "mmdebstrap", "unshare", "umount")
START_SECONDS = 180.0
STOP_SECONDS = 90.0
ADDRESSES = "base=10.213.0.0/16,size=26"


class CannotStart(Exception):
    """The engine did not come up; the message has its last words."""


def missing() -> str:
    """Why no private engine can be started on this machine; empty when one can."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "only root can start one"
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    if not BUSYBOX.exists():
        absent.append(f"{BUSYBOX} (busybox-static)")
    return f"not installed: {', '.join(absent)}" if absent else ""


@contextmanager
def private_engine() -> Iterator[str]:
    """A running engine with its images; its address. Nothing of it is left afterwards.

    Raises CannotStart, SetUpFailed (an image cannot be made).
    """
    with empty_engine() as host:
        load(host, "busybox", "python")
        yield host


def load(host: str, *names: str) -> None:
    """Give an engine these starter images (`scripts/base-images`). Raises SetUpFailed."""
    images = giving.made(starters.kept(), names)
    giving.to_engine(images, Path(host.removeprefix("unix://")))


def load_python(host: str) -> None:
    """Give an engine its Python image. Raises SetUpFailed."""
    load(host, "python")


@contextmanager
def empty_engine() -> Iterator[str]:
    """A running engine without images; its address. Raises CannotStart."""
    daemon = Daemon()
    try:
        daemon.start()
        yield daemon.host
    finally:
        daemon.remove()


class Daemon:
    """A dockerd of one's own, to be started, killed, frozen and started again."""

    def __init__(self, *words: str, network: bool = True) -> None:
        """`words` are further ones of its command line. Without a network of its own it shares
        the machine's and sets nothing up there."""
        # Not in pytest's folder: a socket's path has at most 107 characters.
        self.folder = Path(tempfile.mkdtemp(prefix="layercake-dockerd-"))
        self.socket = self.folder / "docker.sock"
        self.host = f"unix://{self.socket}"
        self._words = words
        self._network = network
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; returns when it answers. Raises CannotStart."""
        # It leaves the socket behind when it is killed, so that says nothing.
        self.socket.unlink(missing_ok=True)
        log = self.folder / "log"
        with open(log, "ab") as file:
            self._process = subprocess.Popen(self._command(), stdout=file, stderr=file)
        _wait(self._process, lambda: _answers(self.socket), log)

    def stop(self) -> None:
        """Stop it as a service manager does."""
        if self._process is not None:
            _stop(self._process)
            self._process = None

    def kill(self) -> None:
        """End it without a last word; what runs in its containers runs on."""
        assert self._process is not None
        containerd = (self.folder / "exec" / "containerd" / "containerd.pid").read_text()
        self._process.kill()
        self._process.wait()
        # Its containerd dies with it, but not at once; one that is started meanwhile waits for it.
        _wait(None, lambda: not Path(f"/proc/{containerd}").exists(), self.folder / "log")
        self._process = None

    def freeze(self) -> None:
        """It takes calls and answers none."""
        self._signal(signal.SIGSTOP)
        assert self._process is not None
        state = Path(f"/proc/{self._process.pid}/status")
        # It is not stopped at once, and answers meanwhile.
        _wait(None, lambda: "State:\tT" in state.read_text(), self.folder / "log")

    def thaw(self) -> None:
        """It goes on as if nothing had been."""
        self._signal(signal.SIGCONT)

    def remove(self) -> None:
        """End it and all that runs in it, and leave nothing behind."""
        if self._process is None and (self.folder / "data").exists():
            # Only an engine ends what was left running by one that was killed.
            with suppress(CannotStart):
                self.start()
        if self._process is not None:
            self.thaw()
        self.stop()
        self._end_orphans()
        _remove(self.folder)

    def _end_orphans(self) -> None:
        """What an engine that was killed had begun is ended by nobody else: commands of a build,
        and containers with their shims when the next one was stopped before it got to them."""
        for each in Path("/proc").glob("[0-9]*"):
            with suppress(OSError, IndexError):
                root = (each / "mountinfo").read_text().splitlines()[0]
                words = (each / "cmdline").read_text()
                if f"{self.folder}/data/" in root or f"-address\0{self.folder}/" in words:
                    os.kill(int(each.name), signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _command(self) -> list[str]:
        # In a network namespace of its own it cannot touch the rules of an engine of the machine's.
        own = ["unshare", "--net", "--"] if self._network else []
        addresses = ["--default-address-pool", ADDRESSES] if self._network else []
        without = [] if self._network else ["--iptables=false", "--ip-forward=false"]
        return [
            *own,
            "dockerd",
            "--host", self.host,
            "--data-root", f"{self.folder}/data",
            "--exec-root", f"{self.folder}/exec",
            "--pidfile", f"{self.folder}/pid",
            "--bridge=none",
            *addresses, *without, *self._words,
        ]  # fmt: skip


def _wait(process: "subprocess.Popen[bytes] | None", met: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not met():
        ended = process is not None and process.poll() is not None
        if ended or time.monotonic() > deadline:
            raise CannotStart("\n".join(log.read_text(errors="replace").splitlines()[-15:]))
        time.sleep(0.05)


def _answers(path: Path) -> bool:
    """The socket is there long before anybody answers on it."""
    with socket.socket(socket.AF_UNIX) as asking, suppress(OSError):
        asking.settimeout(START_SECONDS)
        asking.connect(str(path))
        asking.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
        return b" 200 " in asking.recv(64)
    return False


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _remove(folder: Path) -> None:
    """What is mounted in it first, the innermost before the rest."""
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for mount in reversed([path for path in mounts if path.startswith(f"{folder}/")]):
        with suppress(subprocess.CalledProcessError):
            subprocess.run(["umount", "--lazy", mount], check=True, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)
