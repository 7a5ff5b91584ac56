"""What LAYERCAKE_DOCKER_HOST may say, and what of it is refused before anything is connected."""

from pathlib import Path

import pytest

from visualizer.engine.docker.address import Address, InvalidAddress, parse_address
from visualizer.engine.docker.connection import tls_context
from visualizer.engine.docker.ssh import ssh_command


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("unix:///var/run/docker.sock", Address("unix", path="/var/run/docker.sock")),
        ("tcp://127.0.0.1", Address("tcp", "127.0.0.1", 2375)),
        ("tcp://localhost:4243/", Address("tcp", "localhost", 4243)),
        ("tcp://[::1]:2375", Address("tcp", "::1", 2375)),
        ("ssh://engine", Address("ssh", "engine")),
        ("ssh://me@engine:2222", Address("ssh", "engine", 2222, user="me")),
        ("ssh://me@engine/run/d.sock", Address("ssh", "engine", path="/run/d.sock", user="me")),
    ],
)
def test_an_address_is_read(text: str, address: Address) -> None:
    assert parse_address(text) == address


def test_with_certificates_an_engine_may_be_anywhere() -> None:
    assert parse_address("tcp://engine", tls=True) == Address("tcp", "engine", 2376)
    assert parse_address("tcp://10.0.0.7:9", tls=True) == Address("tcp", "10.0.0.7", 9)


@pytest.mark.parametrize("host", ["engine:2375", "10.0.0.7", "0.0.0.0", "[::]:2375", "127.evil"])
def test_plain_tcp_goes_to_this_machine_only(host: str) -> None:
    with pytest.raises(InvalidAddress, match="LAYERCAKE_DOCKER_TLS"):
        parse_address(f"tcp://{host}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/run/docker.sock",
        "unix://",
        "unix://run/docker.sock",
        "http://127.0.0.1",
        "tcp://a:b",
        "tcp://127.0.0.1/path",
        "tcp://127.0.0.1:99999",
        "ssh://",
        "ssh://-oProxyCommand=x",
        "ssh://-l@engine",
        "ssh://me:secret@engine",
        "ssh://me@engine?x=1",
        "ssh://$(id)@engine",
        "ssh://me@engine/run/$(id).sock",
        "ssh://me@engine/run/a b",
        "ssh://me@engine;id",
        "tcp://[::1",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidAddress):
        parse_address(text)


def test_a_password_is_not_told_again() -> None:
    with pytest.raises(InvalidAddress) as refused:
        parse_address("ssh://me:secret@engine")
    assert "secret" not in str(refused.value)


def test_ssh_is_told_nothing_that_it_could_take_for_an_option() -> None:
    words = ssh_command(parse_address("ssh://me@engine:2222/run/d.sock"))
    end = words.index("--")
    there = ["docker", "--host", "unix:///run/d.sock", "system", "dial-stdio"]
    assert words[end + 1 :] == ["engine", *there]
    assert words[0] == "ssh"
    assert "BatchMode=yes" in words[:end]
    assert words[end - 4 : end] == ["-l", "me", "-p", "2222"]


def test_without_a_port_ssh_has_its_own_settings() -> None:
    assert "-p" not in ssh_command(parse_address("ssh://engine"))


def test_certificates_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidAddress, match=r"ca\.pem, cert\.pem and key\.pem"):
        tls_context(tmp_path)
    (tmp_path / "ca.pem").write_text("nothing of the kind")
    with pytest.raises(InvalidAddress):
        tls_context(tmp_path)
