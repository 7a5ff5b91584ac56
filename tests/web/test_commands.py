"""Commands over the socket: who may send them, what is refused, what a flood gets."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import OWNER, Connect
from tests.engine_fake import FakeEngine
from tests.socket_client import Communicator, Socket
from visualizer.labs import actions, commands, conversation, opening, wiring, workspace
from visualizer.labs.database import in_database
from visualizer.labs.errors import NotAllowed
from visualizer.labs.registry import Registry
from visualizer.labs.runner import Runner

BOX = "no-such-box"
SHELL = "e" * 32
FILES = [{"path": "Dockerfile", "text": "FROM alpine:3.20\n"}]

EVERY_COMMAND: dict[str, dict[str, Any]] = {
    "files.save": {"files": FILES},
    "build": {"files": FILES},
    "build.cancel": {"build": 1},
    "step.enter": {"build": 1, "step": 1},
    "container.run": {"image": "app"},
    "container.start": {"container": BOX},
    "container.stop": {"container": BOX},
    "container.kill": {"container": BOX},
    "container.restart": {"container": BOX},
    "container.pause": {"container": BOX},
    "container.resume": {"container": BOX},
    "container.rename": {"container": BOX, "name": "other"},
    "container.remove": {"container": BOX},
    "container.commit": {"container": BOX, "tag": "app"},
    "exec.start": {"container": BOX},
    "exec.type": {"exec": SHELL, "data": "x"},
    "exec.resize": {"exec": SHELL, "columns": 80, "rows": 24},
    "exec.end": {"exec": SHELL},
    "image.tag": {"image": "app", "tag": "b"},
    "image.remove": {"image": "app"},
    "image.push": {"tag": "registry.lab/app"},
    "image.pull": {"reference": "registry.lab/app"},
}


def test_the_table_above_has_every_command() -> None:
    assert set(EVERY_COMMAND) == conversation.TYPES
    assert set(actions.ACTIONS) == set(commands.AnyCommand.__args__)


@pytest.mark.parametrize("stranger", [None, "somebody-else"])
async def test_a_watcher_is_refused_at_every_command(
    lab: str, join: Connect, stranger: str | None
) -> None:
    socket = await join(lab, owner=stranger)
    assert socket.hello["role"] == "watcher"
    for kind, fields in EVERY_COMMAND.items():
        answer = await socket.ask(kind, **fields)
        assert (answer["frame"], answer["error"]["code"]) == ("error", "read-only"), kind
    await socket.event("lab.opened")
    assert socket.types() == ["lab.opened"]


@pytest.mark.parametrize("kind", EVERY_COMMAND)
async def test_ownership_is_checked_again_where_a_command_is_carried_out(
    lab: str, registry: Registry, kind: str
) -> None:
    runner: Runner = await registry.runner(lab)
    command = conversation.decode(json.dumps({"type": kind, **EVERY_COMMAND[kind]}), kind)
    for visitor in (actions.Visitor(""), actions.Visitor(opening.owner_hash("another"))):
        with pytest.raises(NotAllowed):
            await actions.perform(runner, visitor, command)


async def test_the_owner_of_one_lab_is_a_watcher_in_another(
    lab: str, registry: Registry, join: Connect
) -> None:
    foreign = await in_database(opening.create, "another", "embedded", [], 50)
    socket = await join(foreign, owner=OWNER)
    assert (await socket.ask("build", files=FILES))["error"]["code"] == "read-only"


async def test_a_forged_cookie_makes_a_watcher(lab: str, join: Connect) -> None:
    from visualizer.asgi import application

    sent = [
        (b"host", b"localhost:8000"),
        (b"origin", b"http://localhost:8000"),
        (b"cookie", f"layercake_owner={OWNER}:forged".encode()),
    ]
    communicator = Communicator(application, f"/ws/labs/{lab}/", sent)
    await communicator.connect()
    assert json.loads(await communicator.receive_from())["role"] == "watcher"
    await communicator.disconnect()


MALFORMED = [
    "not json",
    "[]",
    "null",
    "{}",
    '{"type": "build"}',
    '{"type": "build", "files": [], "surprise": 1}',
    '{"type": "build", "files": "Dockerfile"}',
    '{"type": "build.cancel", "build": 0}',
    '{"type": "build.cancel", "build": 1e400}',
    '{"type": "exec.type", "exec": "../..", "data": ""}',
    '{"type": "container.run", "image": ""}',
    '{"type": "container.kill", "container": "x", "signal": "rm -rf"}',
    '{"type": "exec.resize", "exec": "' + SHELL + '", "columns": -1, "rows": 1}',
    '{"type": 7}',
    '{"type": "files.save", "files": [{"path": "a", "text": "\\ud800"}]}',
    "[" * 5000 + "]" * 5000,
]


@pytest.mark.parametrize("message", MALFORMED, ids=range(len(MALFORMED)))
async def test_a_malformed_command_is_answered_and_the_socket_stays(
    lab: str, join: Connect, message: str
) -> None:
    socket = await join(lab)
    await socket.communicator.send_to(message)
    await socket.until(lambda: bool(socket.answers))
    assert socket.answers[0]["error"]["code"] == "malformed-command"
    assert (await socket.ask("files.save", files=FILES))["frame"] == "done"


@pytest.mark.parametrize("kind", ["container.explode", "__class__", "tape.grew", "websocket.close"])
async def test_an_unknown_command_is_answered_and_the_socket_stays(
    lab: str, join: Connect, kind: str
) -> None:
    socket = await join(lab)
    answer = await socket.ask(kind, anything=1)
    assert answer["error"]["code"] == "unknown-command"
    assert kind in answer["error"]["title"]
    assert (await socket.ask("files.save", files=FILES))["frame"] == "done"


async def test_bytes_that_are_no_text_are_answered_too(lab: str, join: Connect) -> None:
    socket = await join(lab)
    await socket.communicator.send_to(bytes_data=b"\xff\xfe\x00")
    await socket.until(lambda: bool(socket.answers))
    assert socket.answers[0]["error"]["code"] == "malformed-command"


async def test_a_message_that_is_too_large_is_answered(lab: str, join: Connect) -> None:
    socket = await join(lab)
    answer = await socket.ask("container.run", image="x" * 200_000)
    assert answer["error"]["code"] == "message-too-large"
    large = [{"path": "Dockerfile", "text": "#" * 500_000}]
    assert (await socket.ask("files.save", files=large))["frame"] == "done"
    huge = [{"path": "Dockerfile", "text": "#" * 1_800_000}]
    answer = await socket.ask("files.save", files=huge)
    assert answer["error"]["code"] == "message-too-large"


async def test_a_context_that_is_too_large_is_refused_in_words(lab: str, join: Connect) -> None:
    socket = await join(lab)
    over = [{"path": "big", "text": "x" * (1024 * 1024 + 1)}]
    answer = await socket.ask("build", files=over)
    assert answer["error"]["code"] == "context-too-large"
    assert answer["error"]["try"]


@pytest.fixture
def small_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten commands, two hundred keys, and hardly any more."""
    small = replace(
        wiring.environment(), commands_burst=10, commands_per_second=0.001, keys_burst=200
    )
    monkeypatch.setattr(wiring, "environment", lambda: small)


@pytest.mark.usefixtures("small_buckets")
async def test_a_flood_is_told_and_then_closed(lab: str, join: Connect) -> None:
    socket = await join(lab)
    for _ in range(10):
        assert (await socket.ask("files.save", files=FILES))["frame"] == "done"
    answer = await socket.ask("files.save", files=FILES)
    assert answer["error"]["code"] == "too-fast"
    for _ in range(conversation.PATIENCE):
        await socket.send("files.save", files=FILES)
    assert await socket.close_code() == 4008


@pytest.mark.usefixtures("small_buckets")
async def test_typing_has_a_rate_of_its_own(lab: str, join: Connect) -> None:
    socket = await join(lab)
    for _ in range(100):
        answer = await socket.ask("exec.type", exec=SHELL, data="x")
        assert answer["error"]["code"] == "no-such-exec"


async def test_the_engines_refusals_come_in_its_own_words(lab: str, join: Connect) -> None:
    socket = await join(lab)
    answer = await socket.ask("container.run", image="nothing")
    assert answer["error"] == {
        "code": "no-such-image",
        "title": "There is no image nothing.",
        "why": "why",
        "try": "Build it.",
        "engine_words": "No such image",
    }


async def test_a_fault_of_the_site_is_told_honestly_and_logged(
    lab: str,
    join: Connect,
    engine: FakeEngine,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def broken(*args: object) -> None:
        raise ZeroDivisionError("a secret detail")

    socket = await join(lab)
    await socket.event("lab.opened")
    monkeypatch.setattr(engine.labs[lab], "start", broken)
    answer = await socket.ask("container.start", container="x")
    assert answer["error"]["code"] == "site-error"
    assert "secret" not in json.dumps(answer)
    assert "a secret detail" in caplog.text
    assert (await socket.ask("files.save", files=FILES))["frame"] == "done"


async def test_saved_files_are_there_when_the_lab_is_opened_again(lab: str, join: Connect) -> None:
    socket = await join(lab)
    files = [{"path": "b.txt", "text": "é"}, {"path": "a.bin", "base64": "AP8="}]
    await socket.ask("files.save", files=files)
    kept = await in_database(workspace.load, lab)
    assert [(file.path, file.content) for file in kept] == [
        ("a.bin", b"\x00\xff"),
        ("b.txt", "é".encode()),
    ]


async def test_saves_are_kept_in_the_order_of_asking(lab: str, join: Connect) -> None:
    socket = await join(lab)
    refs = [
        await socket.send("files.save", files=[{"path": "a", "text": f"{number}"}])
        for number in range(8)
    ]
    for ref in refs:
        await socket.answer(ref)
    assert (await in_database(workspace.load, lab))[0].content == b"7"


async def test_a_build_keeps_the_files_that_it_is_of(lab: str, join: Connect) -> None:
    socket = await join(lab)
    await socket.ask("build", files=FILES, tag="a/b:c")
    assert [file.path for file in await in_database(workspace.load, lab)] == ["Dockerfile"]
    assert (await socket.event("image.built"))["tags"] == ["a/b:c"]


async def test_a_build_with_a_bad_tag_is_refused(lab: str, join: Connect) -> None:
    socket: Socket = await join(lab)
    answer = await socket.ask("build", files=FILES, tag="My App")
    assert answer["error"]["code"] == "bad-tag"


async def test_an_exec_tells_its_id_and_its_result(lab: str, join: Connect) -> None:
    socket = await join(lab)
    await socket.ask("build", files=FILES)
    await socket.event("image.built")
    box = (await socket.ask("container.run", image="my-app"))["result"]["container"]
    answer = await socket.ask("exec.start", container=box, command=["echo", "hi"])
    assert socket.types()[-3:] == ["exec.started", "exec.output", "exec.exited"]
    assert answer["result"]["exec"] == socket.events[-1]["exec"]


async def test_execs_asked_for_at_once_are_started_one_by_one(
    lab: str, join: Connect, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = 0

    async def slow(*args: object, **kwargs: object) -> str:
        nonlocal at_once
        at_once += 1
        assert at_once == 1, "an engine that counts would have counted wrong"
        await asyncio.sleep(0)
        at_once -= 1
        return "0" * 32

    socket = await join(lab)
    await socket.event("lab.opened")
    monkeypatch.setattr(engine.labs[lab], "exec", slow)
    refs = [await socket.send("exec.start", container="box", command=["ls"]) for _ in range(20)]
    assert [(await socket.answer(ref))["frame"] for ref in refs] == ["done"] * 20


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("container.kill", {"container": "box", "signal": "SIGKILL\n"}),
        ("exec.end", {"exec": "0" * 32 + "\n"}),
    ],
)
async def test_a_line_break_at_the_end_does_not_slip_through(
    lab: str, join: Connect, kind: str, fields: dict[str, str]
) -> None:
    answer = await (await join(lab)).ask(kind, **fields)
    assert answer["error"]["code"] == "malformed-command"
