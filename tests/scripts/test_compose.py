"""compose.yaml keeps what it and docs/isolation.md promise of a school's server."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from visualizer.dockerfile import parse
from visualizer.environment import Environment

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SHARED = "/data/engine/private"


def stage(name: str) -> str:
    """The text of one stage of the Dockerfile."""
    parts = re.split(r"(?m)^FROM .* AS (\w+)$", (ROOT / "Dockerfile").read_text())
    return dict(zip(parts[1::2], parts[2::2], strict=True))[name]


@pytest.mark.parametrize("name", ["site", "images"])
def test_all_but_the_engine_run_without_any_privilege(name: str) -> None:
    service = SERVICES[name]

    assert not service.get("privileged")
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] == "10001:10001"


def test_the_site_writes_nowhere_but_in_its_data() -> None:
    site = SERVICES["site"]

    assert site["read_only"] is True
    assert site["tmpfs"] == ["/tmp"]
    assert site["volumes"] == ["site:/data", f"engine:{SHARED}:ro"]


@pytest.mark.parametrize("name", SERVICES)
def test_nobody_gets_a_folder_or_a_socket_of_the_machine(name: str) -> None:
    service = SERVICES[name]

    sources = {volume.split(":")[0] for volume in service["volumes"]}
    assert sources <= {*COMPOSE["volumes"]}
    assert not {"pid", "ipc", "network_mode", "devices", "cgroup_parent"} & {*service}


def test_the_engine_is_alone_on_a_network_without_a_way_out() -> None:
    on_it = [name for name, service in SERVICES.items() if "engine" in service["networks"]]

    assert on_it == ["engine"]
    assert SERVICES["engine"]["networks"] == ["engine"]
    assert COMPOSE["networks"]["engine"] == {"internal": True}
    assert "ports" not in SERVICES["engine"]


def test_the_engine_alone_is_privileged_and_is_bounded() -> None:
    assert [name for name, service in SERVICES.items() if service.get("privileged")] == ["engine"]
    for name in ("engine", "site"):
        assert {"mem_limit", "pids_limit", "stop_grace_period"} <= {*SERVICES[name]}


def test_the_site_waits_for_an_engine_that_says_that_it_is_well() -> None:
    assert SERVICES["site"]["depends_on"] == {"engine": {"condition": "service_healthy"}}
    assert 'engine", "status' in stage("engine")
    assert "HEALTHCHECK" in stage("site")


def test_the_site_is_reached_from_this_machine_alone_unless_told_otherwise() -> None:
    assert SERVICES["site"]["ports"] == ["${LAYERCAKE_LISTEN:-127.0.0.1:8000}:8000"]


def test_every_setting_that_is_handed_on_is_one_of_the_site() -> None:
    known = {f"LAYERCAKE_{name.upper()}" for name in vars(Environment())}
    handed_on = {name for service in SERVICES.values() for name in service.get("environment", {})}

    assert handed_on
    assert handed_on <= known


def test_both_images_agree_on_who_may_use_the_socket() -> None:
    assert "--gid 10001 layercake" in stage("code")
    assert "--uid 10001" in stage("code")
    assert "LAYERCAKE_PRIVATE_GROUP=layercake" in stage("engine")


def test_the_folder_that_both_share_is_roots_in_both_images() -> None:
    """A new volume takes the owner of the folder that it is mounted over, in either image."""
    owned = re.search(r"chown layercake:layercake (.*)", stage("code"))

    assert owned is not None
    assert SHARED not in owned[1].split()
    assert f"mkdir -p {SHARED}" in stage("code")


def test_the_site_is_what_is_built_when_no_stage_is_named() -> None:
    froms = [
        instruction.text
        for instruction in parse((ROOT / "Dockerfile").read_text()).instructions
        if instruction.keyword == "FROM"
    ]

    assert froms[-1].endswith("AS site")
    assert "USER layercake" in stage("site")


@pytest.mark.skipif(
    shutil.which("docker-compose") is None, reason="docker-compose is not installed"
)
def test_compose_itself_understands_it() -> None:
    answer = subprocess.run(
        ["docker-compose", "--file", ROOT / "compose.yaml", "config"],
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        text=True,
    )

    assert answer.returncode == 0, answer.stderr
    told = yaml.safe_load(answer.stdout)
    assert {*told["services"]} >= {"engine", "site"}
    assert "variable is not set" not in answer.stderr
