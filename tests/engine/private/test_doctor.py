"""The doctor finds what holds, and finds it out when something does not."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.private import engines
from tests.engine.private.engines import PrivateEngine
from visualizer.engine.docker.api import EngineApi
from visualizer.engine.docker.names import LAB_LABEL, PURPOSE_LABEL
from visualizer.engine.private import Place, PrivateEngineError, down, up
from visualizer.engine.private.doctor import Finding, doctor_passed, examine, passed, summary

RUN_OR_CONTAINER = {
    "root in", "rights of", "what root may not do in", "the engine's socket in",
    "reaching out from", "processes of", "memory of",
}  # fmt: skip


def _examined(place: Place) -> list[Finding]:
    return asyncio.run(examine(place))


def _data(place: Place) -> Path:
    return place.folder.parent.parent


def test_every_protection_of_the_engine_holds(own_engine: PrivateEngine) -> None:
    place = own_engine.place
    asyncio.run(_left_by_one_that_was_killed(place.host))
    assert not doctor_passed(_data(place))
    findings = _examined(place)
    assert [finding for finding in findings if finding.is_broken] == []
    names = {finding.protection for finding in findings if finding.outcome == "held"}
    for start in RUN_OR_CONTAINER:
        assert {f"{start} a RUN step", f"{start} a container"} <= names
    assert {"disk, filled by a RUN step", "disk, filled by a container"} <= names
    assert {"memory of others", "reaching another lab", "noise of dockerd"} <= names
    assert doctor_passed(_data(place))
    assert _left_of_it(place) == (["busybox:latest"], [], [])
    # The same engine again is what was examined; another is not.
    down(place)
    assert not doctor_passed(_data(place))
    up(place, own_engine.configuration)
    if own_engine.configuration.disk != "tmpfs":
        assert doctor_passed(_data(place))
    down(place)
    up(place, replace(own_engine.configuration, pids=999))
    assert not doctor_passed(_data(place))


def _left_of_it(place: Place) -> tuple[list[str], list[str], list[str]]:
    async def ask() -> tuple[list[str], list[str], list[str]]:
        api = EngineApi(place.host)
        try:
            images = await api.get("/images/json")
            containers = await api.get("/containers/json", all="1")
            networks = await api.get("/networks", filters=json.dumps({"type": ["custom"]}))
        finally:
            api.close()
        tags = [tag for image in images for tag in image["RepoTags"] or ["untagged"]]
        return tags, [each["Id"] for each in containers], [each["Name"] for each in networks]

    return asyncio.run(ask())


async def _left_by_one_that_was_killed(host: str) -> None:
    api = EngineApi(host)
    labels = {PURPOSE_LABEL: "doctor"}
    network = {"Name": "layercake-doctor-old", "Internal": True, "Labels": labels}
    await api.post("/networks/create", network)
    content = {"Image": "busybox", "Cmd": ["sleep", "600"], "Labels": labels}
    given = {"NetworkMode": "layercake-doctor-old"}
    made = await api.post("/containers/create", {**content, "HostConfig": given})
    await api.post(f"/containers/{made['Id']}/start")
    api.close()


def test_it_finds_out_that_protections_are_taken_away(root: None) -> None:
    weak = replace(engines.small(), userns=False, bounded=False, disk="folder")
    with engines.engine(weak) as started:
        findings = _examined(started.place)
        broken = {finding.protection for finding in findings if finding.is_broken}
        assert not doctor_passed(_data(started.place))
    assert broken >= {
        "root in a RUN step",
        "root in a container",
        "processes of a RUN step",
        "memory of a RUN step",
        "cores of all labs together",
        "disk, filled by a RUN step",
        "disk, filled by a container",
    }
    # These are the adapter's, for each container.
    assert not broken & {"processes of a container", "memory of a container"}


def test_it_does_not_disturb_labs_at_work(own_engine: PrivateEngine) -> None:
    place = own_engine.place
    asyncio.run(_work(place.host))
    with pytest.raises(PrivateEngineError, match="Labs have containers running: 1"):
        _examined(place)
    assert not doctor_passed(_data(place))


async def _work(host: str) -> None:
    api = EngineApi(host)
    content = {"Image": "busybox", "Cmd": ["sleep", "600"], "Labels": {LAB_LABEL: "a-lab"}}
    made = await api.post("/containers/create", {**content, "HostConfig": {"NetworkMode": "none"}})
    await api.post(f"/containers/{made['Id']}/start")
    api.close()


def test_nothing_tried_is_nothing_passed() -> None:
    assert not passed([])


def test_one_that_does_not_hold_is_enough_to_fail() -> None:
    held, broken = Finding("a", "held", ""), Finding("b", "does not hold", "")
    other = Finding("c", "not applicable", "")
    assert passed([held, other])
    assert not passed([held, broken, other])
    assert summary([held, broken, other]) == "1 held, 1 does not hold, 1 not applicable"


def test_a_stamp_that_cannot_be_read_lets_nobody_in(tmp_path: Path) -> None:
    assert not doctor_passed(tmp_path)
    place = Place.below(tmp_path)
    place.folder.mkdir(parents=True)
    for content in ("", "[]", "{}", '{"passed": true}', "\x00"):
        place.stamp.write_text(content)
        assert not doctor_passed(tmp_path)
