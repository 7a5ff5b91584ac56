"""Engines over TLS and ssh, for real."""

import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from secrets import token_hex

import pytest
import trustme

from tests.engine.docker import daemon
from tests.engine.docker.daemon import Daemon
from tests.engine.recording import Bench, Tape
from tests.waiting import eventually
from visualizer.engine.docker import DockerEngine
from visualizer.engine.docker.address import InvalidAddress
from visualizer.engine.docker.api import ApiError, EngineApi
from visualizer.engine.errors import EngineUnavailable
from visualizer.engine.limits import Limits
from visualizer.events.types import ExecExited, ExecOutput


def free_port() -> int:
    """A port of this machine's that nobody listens on."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


async def story(host: str, folder: Path, tls: Path | None = None) -> None:
    """What a lab does with an engine: a build, a container, a command in it, a terminal."""
    engine = DockerEngine(host, cache_dir=folder, instance=token_hex(6), tls=tls)
    tape = Tape()
    bench = Bench(await engine.open_lab("lab", tape, Limits()), tape)
    await bench.image("FROM busybox\nRUN echo made > /note\n")
    container = await bench.running()
    assert await bench.exec(container, "cat", "/note") == (0, "made\n")
    terminal = await bench.lab.exec(container, ["sh"], terminal=True)
    await bench.lab.write(terminal, b"stty size; exit 7\n")
    assert (await tape.wait(ExecExited, exec=terminal)).exit_code == 7
    assert "24 80" in "".join(each.text for each in tape.all(ExecOutput, exec=terminal))
    await bench.lab.destroy()
    await engine.close()


# TLS


def certificates(folder: Path, ca: trustme.CA, name: str) -> Path:
    """ca.pem, cert.pem and key.pem for a name in a folder, as of DOCKER_CERT_PATH."""
    folder.mkdir()
    made = ca.issue_cert(name)
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    made.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    made.private_key_pem.write_to_path(str(folder / "key.pem"))
    return folder


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    """The authority that the engine and the site trust."""
    return trustme.CA()


@pytest.fixture(scope="module")
def tls_engine(ca: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dockerd that listens on TLS and lets in who has a certificate of the authority."""
    reason = daemon.missing()
    if reason:
        pytest.skip(f"a Docker Engine with TLS has to be started, and {reason}")
    host = f"tcp://127.0.0.1:{free_port()}"
    own = certificates(tmp_path_factory.mktemp("tls") / "engine", ca, "127.0.0.1")
    made = Daemon(
        f"--host={host}", "--tlsverify", f"--tlscacert={own}/ca.pem", f"--tlscert={own}/cert.pem",
        f"--tlskey={own}/key.pem", network=False,
    )  # fmt: skip
    try:
        made.start()
        daemon.load(made.host, "busybox")
        yield host
    finally:
        made.remove()


async def test_an_engine_is_used_over_tls_with_certificates(
    tls_engine: str, ca: trustme.CA, tmp_path: Path
) -> None:
    await story(tls_engine, tmp_path, certificates(tmp_path / "site", ca, "site.example"))


async def refused(host: str, folder: Path, tls: Path) -> EngineUnavailable:
    """How a call to the engine is refused."""
    engine = DockerEngine(host, cache_dir=folder, instance="test", tls=tls)
    with pytest.raises(EngineUnavailable) as told:
        await engine.info()
    await engine.close()
    return told.value


async def test_an_engine_of_another_authority_is_not_trusted(
    tls_engine: str, tmp_path: Path
) -> None:
    own = certificates(tmp_path / "site", trustme.CA(), "site.example")
    told = await refused(tls_engine, tmp_path, own)
    assert told.code == "engine-not-trusted"
    assert "not signed by the authority that this site trusts" in told.why


async def test_an_engine_with_a_certificate_for_another_name_is_not_trusted(
    tls_engine: str, ca: trustme.CA, tmp_path: Path
) -> None:
    own = certificates(tmp_path / "site", ca, "site.example")
    told = await refused(tls_engine.replace("127.0.0.1", "localhost"), tmp_path, own)
    assert told.code == "engine-not-trusted"


async def test_a_site_that_the_engine_does_not_know_is_told_so(
    tls_engine: str, ca: trustme.CA, tmp_path: Path
) -> None:
    own = certificates(tmp_path / "site", trustme.CA(), "site.example")
    ca.cert_pem.write_to_path(str(own / "ca.pem"))
    told = await refused(tls_engine, tmp_path, own)
    assert told.code == "engine-distrusts-site"


async def test_an_engine_that_wants_tls_is_not_there_without(
    tls_engine: str, tmp_path: Path
) -> None:
    engine = DockerEngine(tls_engine, cache_dir=tmp_path, instance="test")
    with pytest.raises((EngineUnavailable, ApiError)):
        await engine.info()
    await engine.close()


# ssh


SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


class Machine:
    """An sshd of this test's own on the loopback, with the engine behind it."""

    def __init__(self, folder: Path, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.port = free_port()
        self.user = os.environ.get("USER") or "root"
        self.host = f"ssh://root@127.0.0.1:{self.port}{engine.removeprefix('unix://')}"
        self.folder = folder
        folder.chmod(0o755)
        for name in ("host_key", "key", "stranger"):
            _keygen(folder / name)
        (folder / "authorized").write_text((folder / "key.pub").read_text())
        self.know()
        self._use("key", monkeypatch)
        settings = (
            f"ListenAddress 127.0.0.1:{self.port}\nHostKey {folder}/host_key\n"
            f"AuthorizedKeysFile {folder}/authorized\nPidFile none\nUsePAM no\nStrictModes no\n"
            "PasswordAuthentication no\nPermitRootLogin prohibit-password\nMaxStartups 100\n"
        )
        (folder / "sshd_config").write_text(settings)
        self._log = open(folder / "log", "wb")  # noqa: SIM115 (closed in `stop`)
        assert SSHD is not None
        words = [SSHD, "-D", "-e", "-f", str(folder / "sshd_config")]
        self._process = subprocess.Popen(words, stderr=self._log)

    async def listens(self) -> None:
        """Wait until it does."""
        await eventually(self._answers)

    def know(self, key: str = "host_key") -> None:
        """Have the site's ssh know this key as the machine's."""
        public = " ".join((self.folder / f"{key}.pub").read_text().split()[:2])
        (self.folder / "known").write_text(f"[127.0.0.1]:{self.port} {public}\n")

    def _use(self, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """The system's ssh reads the user's own settings; the test has some of its own."""
        folder = self.folder
        (folder / "ssh_config").write_text(
            f"IdentityFile {folder}/{key}\nIdentitiesOnly yes\n"
            f"UserKnownHostsFile {folder}/known\nGlobalKnownHostsFile none\n"
        )
        real = shutil.which("ssh")
        (folder / "ssh").write_text(f'#!/bin/sh\nexec {real} -F {folder}/ssh_config "$@"\n')
        (folder / "ssh").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def become_a_stranger(self) -> None:
        """Have the site's ssh show a key that the machine does not know."""
        shutil.copyfile(self.folder / "stranger", self.folder / "key")

    def sessions(self) -> int:
        """How many of the site's ssh run."""
        listed = subprocess.run(
            ["pgrep", "--full", "--count", f"ssh -F {self.folder}/ssh_config"],
            capture_output=True,
            text=True,
            check=False,
        )
        return int(listed.stdout)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(90)
        self._log.close()

    def _answers(self) -> bool:
        assert self._process.poll() is None, (self.folder / "log").read_text()
        with socket.socket() as tried:
            return tried.connect_ex(("127.0.0.1", self.port)) == 0


def _keygen(path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)


@pytest.fixture
async def machine(
    docker_host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Machine]:
    """Another machine, as far as ssh can tell."""
    if SSHD is None or os.geteuid() != 0 or not docker_host.startswith("unix://"):
        pytest.skip("an engine behind ssh needs sshd (openssh-server), root and a local engine")
    Path("/run/sshd").mkdir(exist_ok=True)
    made = Machine(tmp_path, docker_host, monkeypatch)
    await made.listens()
    yield made
    made.stop()


async def test_an_engine_is_used_through_ssh_and_nothing_of_it_stays(
    machine: Machine, tmp_path: Path
) -> None:
    await story(machine.host, tmp_path)
    await eventually(lambda: machine.sessions() == 0)


async def test_a_machine_that_is_not_the_one_known_is_not_spoken_to(
    machine: Machine, tmp_path: Path
) -> None:
    machine.know("stranger")
    api = EngineApi(machine.host)
    with pytest.raises(EngineUnavailable) as told:
        await api.get("/version")
    assert "Host key verification failed" in str(told.value.__cause__)
    api.close()


async def test_a_machine_that_does_not_let_the_site_in_is_told_by_its_words(
    machine: Machine, tmp_path: Path
) -> None:
    machine.become_a_stranger()
    api = EngineApi(machine.host)
    with pytest.raises(EngineUnavailable) as told:
        await api.get("/version")
    assert "Permission denied" in str(told.value.__cause__)
    api.close()
    await eventually(lambda: machine.sessions() == 0)


def test_an_address_without_its_certificates_is_refused_before_it_is_used(tmp_path: Path) -> None:
    with pytest.raises(InvalidAddress, match="certificates"):
        DockerEngine("tcp://engine", cache_dir=tmp_path, instance="test", tls=tmp_path)
    with pytest.raises(InvalidAddress, match="without TLS"):
        DockerEngine("tcp://engine", cache_dir=tmp_path, instance="test")
