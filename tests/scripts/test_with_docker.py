"""`scripts/run --with-docker`: from nothing to a lab on a private engine, and what it says where
that cannot be."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.client import connect
from websockets.typing import Origin

from scripts.prepare import engine, places
from tests.engine.private.engines import missing
from tests.site_process import Site, wait_until
from visualizer.engine.provisioning import installing
from visualizer.engine.provisioning.errors import ProvisioningFailed
from visualizer.engine.provisioning.installing import Package

DOCKERFILE = 'FROM python:3.12-slim\nRUN python -c "print(6 * 7)"\nCMD ["sleep", "1000"]\n'
GIB = 1024**3
SET_UP_SECONDS = 600.0
UBUNTU = 'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n'
FEDORA = 'NAME="Fedora Linux"\nID=fedora\n'


class WithDocker(Site):
    """The site as `scripts/run --with-docker` starts it."""

    def start(self) -> None:
        """Type the command; returns when the address was printed."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        script = [sys.executable, str(places.ROOT / "scripts" / "run")]
        self.process = subprocess.Popen(
            [*script, "--with-docker", "--port", str(port)],
            env={**os.environ, **self._variables, "LAYERCAKE_DATA": str(self.data)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # All that it starts, so that none of it outlives a failing test.
            start_new_session=True,
        )
        listening = threading.Event()
        threading.Thread(target=self._listen, args=(self.process, listening), daemon=True).start()
        assert listening.wait(SET_UP_SECONDS), f"the site did not start: {''.join(self.said)}"
        assert self.port, "".join(self.said)


@pytest.fixture
def site() -> Iterator[WithDocker]:
    """A site in a data folder of its own; it and its engine are gone afterwards."""
    reason = missing() or (
        f"missing: {', '.join(installing.lacking())}" if installing.lacking() else ""
    )
    if reason:
        pytest.skip(f"a private engine cannot be brought up here: {reason}")
    # Not in pytest's folder: a socket's path has at most 107 characters.
    data = Path(tempfile.mkdtemp(prefix="layercake-run-"))
    made = WithDocker(
        data, engine="auto", docker_host="", private_disk_bytes=str(2 * GIB), private_cpus="1.5"
    )
    yield made
    if made.process is not None:
        os.killpg(made.process.pid, signal.SIGKILL)
        made.process.wait()
    down = made.manage("engine", "down")
    told, _ = down.communicate(timeout=300)
    shutil.rmtree(data)
    assert down.returncode == 0, told


def mounts_below(folder: Path) -> list[str]:
    """What any process of this namespace sees mounted there."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [line for line in lines if str(folder) in line]


def test_one_command_brings_a_lab_on_a_private_engine(site: WithDocker) -> None:
    site.start()
    assert "Starting the private engine" in "".join(site.said)
    told = site.get("/healthz")["engine"]
    assert (told["name"], told["simulated"]) == ("Docker Engine", False)
    lab, cookie = site.open_lab()
    with connect(
        f"ws://127.0.0.1:{site.port}/ws/labs/{lab}/?after=0",
        origin=Origin(site.address),
        additional_headers={"Cookie": cookie},
    ) as page:
        files = [{"path": "Dockerfile", "text": DOCKERFILE}]
        page.send(json.dumps({"type": "build", "files": files}))
        wait_until(lambda: any(e["type"] == "image.built" for e in site.tape(lab)), 120)
    outputs = [event["text"] for event in site.tape(lab) if event["type"] == "step.output"]
    assert "42\n" in outputs
    assert site.stop() == 0

    site.said.clear()
    site.start()
    again = "".join(site.said)
    assert "Loading" not in again
    assert "Making" not in again
    assert "Installing" not in again
    assert any(event["type"] == "image.built" for event in site.tape(lab))
    assert site.stop() == 0

    down = site.manage("engine", "down")
    told, _ = down.communicate(timeout=300)
    assert down.returncode == 0, told
    assert not (site.data / "engine" / "private" / "docker.sock").exists()
    assert mounts_below(site.data) == []


@pytest.fixture
def readable() -> Iterator[Path]:
    """What the command stands on, where everybody can read it: this folder may be root's alone."""
    made = Path(tempfile.mkdtemp(prefix="layercake-readable-"))
    made.chmod(0o755)
    for folder in ("scripts", "visualizer/engine/provisioning"):
        shutil.copytree(places.ROOT / folder, made / folder)
    for file in ("visualizer/__init__.py", "visualizer/engine/__init__.py"):
        shutil.copy(places.ROOT / file, made / file)
    yield made
    shutil.rmtree(made)


def test_who_is_not_root_is_told_what_to_type_and_nothing_is_begun(readable: Path) -> None:
    system = shutil.which("python3", path="/usr/bin:/usr/local/bin")
    if system is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can become somebody else, with a Python that is not root's own")

    answer = subprocess.run(
        [system, readable / "scripts" / "run", "--with-docker"],
        user=65534,
        group=65534,
        extra_groups=[],
        capture_output=True,
        text=True,
    )

    assert answer.returncode == 1, answer.stderr
    assert "    sudo scripts/run --with-docker" in answer.stdout
    assert {path.name for path in readable.iterdir()} == {"scripts", "visualizer"}


def told_on(system: str, monkeypatch: pytest.MonkeyPatch, folder: Path, release: str = "") -> str:
    """What a person on that system is told to type."""
    (folder / "os-release").write_text(release)
    monkeypatch.setattr(installing, "OS_RELEASE", folder / "os-release")
    monkeypatch.setattr(sys, "platform", system)
    return "\n".join(installing.by_hand())


def test_on_another_linux_the_commands_are_docker_composes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = told_on("linux", monkeypatch, tmp_path, FEDORA)

    assert "    docker compose up --build --detach" in told
    assert "    LAYERCAKE_ENGINE=docker scripts/run" in told


def test_on_windows_they_are_those_of_its_shell(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = told_on("win32", monkeypatch, tmp_path)

    assert "Docker Desktop" in told
    assert "    set LAYERCAKE_ENGINE=docker && python scripts/run" in told


@pytest.mark.parametrize(("release", "debian"), [(UBUNTU, True), (FEDORA, False), ("", False)])
def test_packages_are_installed_on_debian_and_its_children_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, release: str, debian: bool
) -> None:
    if debian and shutil.which("apt-get") is None:
        pytest.skip("apt-get is not installed")
    (tmp_path / "os-release").write_text(release)
    monkeypatch.setattr(installing, "OS_RELEASE", tmp_path / "os-release")

    assert installing.is_debian() is debian


def test_elsewhere_installing_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(installing, "OS_RELEASE", tmp_path / "nothing")

    with pytest.raises(ProvisioningFailed) as refused:
        installing.install(["docker.io"], print)

    assert "neither" in refused.value.why
    assert "docker.io" in refused.value.try_


def test_what_is_there_is_not_installed_and_what_is_not_is_named() -> None:
    there, not_there = Package("python3", ("python3",)), Package("magic", ("magic-dockerd",))

    assert installing.lacking([there, not_there]) == ["magic"]
    installing.install(installing.lacking([there]), pytest.fail)


def test_root_alone_works_for_itself_and_sudo_for_who_typed_it() -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no sudo")
    import pwd

    somebody = next((user for user in pwd.getpwall() if user.pw_uid != 0), None)
    assert somebody is not None

    assert engine.caller({}) is None
    assert engine.caller({"SUDO_UID": "0"}) is None
    found = engine.caller({"SUDO_UID": str(somebody.pw_uid)})
    assert found is not None
    assert found.uid == somebody.pw_uid
    assert found.gid == somebody.pw_gid
