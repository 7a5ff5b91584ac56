"""The worker processes that shells live in: none is left over, and each is shut in."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from bashkit import FileSystem

from tests.engine.userland.containers import Container, Ran, until
from visualizer.engine.embedded.userland.worker import confinement, pool, remote
from visualizer.engine.embedded.userland.worker.remote import RemoteInterpreter

MEMORY = 1 << 29
ROOT = Path(__file__).parents[3]
ESCAPES = {
    "read a file": "open('/etc/passwd')",
    "list a folder": "os.listdir('/')",
    "write a file": "open('/tmp/layercake-escape', 'w')",
    "look at processes": "os.listdir('/proc')",
    "run a program": "os.execv('/bin/sh', ['sh', '-c', 'exit 7'])",
    "fork": "os.fork()",
    "signal the site": "os.kill(os.getppid(), 0)",
    "open a socket": "socket.socket()",
    "open a Unix socket": "socket.socket(socket.AF_UNIX)",
    "become root again": "os.setuid(0) if os.getuid() else denied()",
}
ATTEMPT = """
import importlib.util, os, socket, sys
spec = importlib.util.spec_from_file_location("confinement", {path!r})
confinement = importlib.util.module_from_spec(spec)
spec.loader.exec_module(confinement)
def denied():
    raise PermissionError("already")
confinement.confine(os.getppid())
try:
    {attempt}
except PermissionError:
    print("refused", flush=True)
"""
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux confines processes")


class HeldPool(pool.Pool):
    """A pool whose forks wait until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.let_go = threading.Event()
        self.forked: list[pool.Forked] = []

    def fork(self, memory_bytes: int) -> pool.Forked:
        """Fork, once that is let go."""
        self.begun.set()
        assert self.let_go.wait(20)
        self.forked.append(super().fork(memory_bytes))
        return self.forked[-1]


def is_alive(pid: int) -> bool:
    """Whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def workers_of(zygote: int) -> list[int]:
    """The processes that a zygote has forked and that still are there."""
    children = Path(f"/proc/{zygote}/task/{zygote}/children")
    return [int(word) for word in children.read_text().split()]


async def test_a_start_that_is_called_off_leaves_no_socket_and_no_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = HeldPool()
    monkeypatch.setattr(pool, "shared", held)
    with ThreadPoolExecutor(1) as executor:
        interpreter = RemoteInterpreter(FileSystem(), {})
        opening = asyncio.ensure_future(interpreter.open(executor, MEMORY))
        await asyncio.to_thread(held.begun.wait, 20)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        held.let_go.set()
        await until(lambda: bool(held.forked) and held.forked[0].control.fileno() == -1)
    assert held.forked[0].files.fileno() == -1
    await until(lambda: not is_alive(held.forked[0].pid))
    held.close()


@pytest.mark.parametrize("attempt", ESCAPES)
@on_linux
def test_a_confined_process_cannot(attempt: str) -> None:
    code = ATTEMPT.format(path=confinement.__file__, attempt=ESCAPES[attempt])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=180, check=False
    )
    assert (done.stdout, done.returncode) == ("refused\n", 0), done.stderr


@on_linux
async def test_every_worker_is_confined(container: Container) -> None:
    ran = Ran()
    container.start(["sh", "-c", "echo up; sleep 60"], ran)
    await until(lambda: ran.out == "up\n")
    zygote = pool.shared.zygote
    assert zygote is not None
    (worker,) = workers_of(zygote)
    status = dict(
        line.split(":\t", 1) for line in Path(f"/proc/{worker}/status").read_text().splitlines()
    )
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert status["Uid"].split()[0] != "0"


SITE = """
import asyncio, os, sys
sys.path.insert(0, {root!r})
from tests.engine.userland.containers import Container, Ran, image, until
from visualizer.engine.embedded.userland.worker import pool
async def main():
    container, ran = Container(image()), Ran()
    processes = [
        container.start(["sh", "-c", script], ran)
        for script in ("echo up; while true; do :; done", "echo up; sleep 600", "echo up; sleep 9")
    ]
    await until(lambda: ran.out.count("up") == 3)
    processes[2].pause()
    print(pool.shared.zygote, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


@on_linux
async def test_no_worker_outlives_a_site_that_is_killed() -> None:
    site = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SITE.format(root=str(ROOT)), stdout=subprocess.PIPE
    )
    assert site.stdout is not None
    zygote = int(await asyncio.wait_for(site.stdout.readline(), 180))
    workers = workers_of(zygote)
    assert len(workers) == 3
    site.send_signal(signal.SIGKILL)
    await site.wait()
    await until(lambda: not any(map(is_alive, [zygote, *workers])))


async def test_a_worker_that_dies_is_a_crash_of_its_shell_only(container: Container) -> None:
    ran, other = Ran(), Ran()
    process = container.start(["sh", "-c", "echo up; sleep 60; echo on"], ran)
    await until(lambda: ran.out == "up\n")
    zygote = pool.shared.zygote
    assert zygote is not None
    first = workers_of(zygote)
    bystander = container.start(["sh", "-c", "echo up; read x; echo done"], other)
    await until(lambda: other.out.startswith("up\n"))
    for worker in first:
        os.kill(worker, signal.SIGSEGV)
    assert (await asyncio.wait_for(process.wait(), 60)).exit_code == 139
    assert (await asyncio.wait_for(bystander.wait(), 60)).exit_code == 0
    assert other.out == "up\ndone\n"


async def test_the_site_holds_so_many_shells_and_no_more(
    container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_places", threading.BoundedSemaphore(1))
    ran = Ran()
    first = container.start(["sh", "-c", "echo up; sleep 60"], ran)
    await until(lambda: ran.out == "up\n")
    refused = await container.sh("echo second")
    assert "Resource temporarily unavailable" in refused.err
    first.signal("SIGKILL")
    await first.wait()
    await until(lambda: remote._places._value == 1)
    assert (await container.sh("echo third")).out == "third\n"
