"""The lab's socket: joining, resuming, watching, refusing, surviving what is sent to it."""

import asyncio
import json
from dataclasses import replace

import pytest

from tests.conftest import OWNER, Connect
from tests.engine_fake import FakeEngine
from tests.socket_client import Communicator, cookie, headers
from tests.waiting import eventually
from visualizer.asgi import application
from visualizer.engine.errors import EngineUnavailable
from visualizer.events import types as event
from visualizer.labs import announcements
from visualizer.labs.registry import Registry
from visualizer.web import sender

DOCKERFILE = [{"path": "Dockerfile", "text": "FROM alpine:3.20\n"}]


async def test_the_owner_is_greeted_and_sees_the_lab_open(lab: str, join: Connect) -> None:
    socket = await join(lab)
    assert socket.hello == {"frame": "hello", "lab": lab, "role": "owner", "seq": 0}
    opened = await socket.event("lab.opened")
    assert opened["engine"]["name"] == "Fake engine"
    assert opened["limits"]["tape_events"] == 50_000


async def test_a_build_is_seen_from_its_start_to_its_image(lab: str, join: Connect) -> None:
    socket = await join(lab)
    answer = await socket.ask("build", files=DOCKERFILE)
    assert answer == {"frame": "done", "ref": "c1", "result": {"build": 1}}
    await socket.event("image.built")
    assert socket.types() == ["lab.opened", "build.started", "image.built"]
    assert socket.seqs() == [1, 2, 3]


async def test_an_answer_comes_after_the_events_that_it_is_about(lab: str, join: Connect) -> None:
    socket = await join(lab)
    await socket.ask("build", files=DOCKERFILE)
    await socket.event("image.built")
    answer = await socket.ask("container.run", image="my-app")
    assert socket.types()[-2:] == ["container.created", "container.started"]
    assert answer["result"]["container"] == socket.events[-1]["container"]


async def test_a_late_joiner_sees_the_whole_tape(lab: str, join: Connect) -> None:
    first = await join(lab)
    await first.ask("build", files=DOCKERFILE)
    await first.event("image.built")
    late = await join(lab, owner=None)
    await late.event("image.built")
    assert late.hello["seq"] == 3
    assert late.events == first.events


async def test_a_socket_that_resumes_gets_only_what_it_has_not(lab: str, join: Connect) -> None:
    first = await join(lab)
    await first.ask("build", files=DOCKERFILE)
    await first.event("image.built")
    await first.close()
    again = await join(lab, after=2)
    await again.event("image.built")
    await again.ask("container.run", image="my-app")
    assert again.seqs() == [3, 4, 5]


async def test_a_lost_announcement_is_repaired_by_the_next(
    lab: str, join: Connect, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = await join(lab)
    await socket.event("lab.opened")
    runner = await registry.runner(lab)

    async def lose(lab: str, seq: int) -> None:
        """An announcement that nobody gets, as when the layer is full."""

    with monkeypatch.context() as patched:
        patched.setattr("visualizer.labs.tape.announce", lose)
        runner.take(event.EngineRestored(message="not announced"))
        await runner.settled()
    runner.take(event.EngineRestored(message="announced"))
    await socket.until(lambda: len(socket.events) == 3)
    assert [e.get("message") for e in socket.events[1:]] == ["not announced", "announced"]


async def test_a_lost_last_announcement_is_repaired_by_looking_again(
    lab: str, join: Connect, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "RECHECK_SECONDS", 0.05)

    async def lose(lab: str, seq: int) -> None:
        """An announcement that nobody gets."""

    monkeypatch.setattr("visualizer.labs.tape.announce", lose)
    socket = await join(lab)
    await registry.runner(lab)
    await socket.event("lab.opened")


async def test_announcements_without_news_send_nothing_twice(lab: str, join: Connect) -> None:
    socket = await join(lab)
    await socket.event("lab.opened")
    for _ in range(20):
        await announcements.announce(lab, 1)
    await socket.ask("build", files=DOCKERFILE)
    await socket.event("image.built")
    assert socket.seqs() == [1, 2, 3]


async def test_what_left_the_memory_is_read_from_the_journal(
    lab: str, join: Connect, registry: Registry
) -> None:
    runner = await registry.runner(lab)
    for number in range(1500):
        runner.take(event.EngineRestored(message=f"{number}"))
    await runner.settled()
    assert runner.tape.tail.after(0) is None
    socket = await join(lab, owner=None, after=7)
    await socket.until(lambda: len(socket.events) == 1501 - 7)
    assert socket.seqs() == list(range(8, 1502))


async def test_an_engine_that_is_away_is_told_and_the_tape_can_still_be_read(
    lab: str, join: Connect, registry: Registry, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await registry._park(await registry.runner(lab), "")

    async def away(*args: object) -> None:
        raise EngineUnavailable("engine-away", "The engine does not answer.")

    monkeypatch.setattr(engine, "open_lab", away)
    socket = await join(lab)
    await socket.event("lab.opened")
    await socket.until(lambda: bool(socket.answers))
    assert socket.answers[0]["error"]["code"] == "engine-away"
    answer = await socket.ask("build", files=DOCKERFILE)
    assert answer["error"]["code"] == "engine-away"


async def test_too_many_sockets_are_told_and_closed_with_4429(
    lab: str, join: Connect, registry: Registry
) -> None:
    registry.environment = replace(registry.environment, watchers_per_lab=1)
    first = await join(lab, owner=None)
    second = await join(lab, owner=None)
    assert second.answers[0]["error"]["code"] == "too-many-watchers"
    assert await second.close_code() == 4429
    await first.close()
    assert (await join(lab, owner=None)).hello["role"] == "watcher"


async def test_watchers_cannot_keep_the_owner_out(
    lab: str, join: Connect, registry: Registry
) -> None:
    registry.environment = replace(registry.environment, watchers_per_lab=1)
    await join(lab, owner=None)
    assert (await join(lab)).hello["role"] == "owner"


@pytest.mark.parametrize(
    "others", ['prefs={"a": 1}', 'open="quote', "a[b]=1", "naïve=1", "=", ";;"]
)
async def test_cookies_of_other_sites_on_this_host_do_not_hide_the_owners(
    lab: str, registry: Registry, others: str
) -> None:
    for cookies in (f"{others}; {cookie(OWNER)}", f"{cookie(OWNER)}; {others}"):
        given = [*headers(None, "http://localhost:8000"), (b"cookie", cookies.encode())]
        communicator = Communicator(application, f"/ws/labs/{lab}/", given)
        assert (await communicator.connect())[0]
        assert json.loads(await communicator.receive_from())["role"] == "owner"
        await communicator.disconnect()


async def test_a_lab_that_is_deleted_under_its_watchers_says_so(
    lab: str, join: Connect, registry: Registry
) -> None:
    socket = await join(lab)
    await socket.event("lab.opened")
    await registry.delete(lab)
    answer = await socket.ask("build", files=DOCKERFILE)
    assert answer["error"]["code"] == "no-such-lab"


async def test_a_lab_that_is_not_there_is_closed_with_4404(registry: Registry) -> None:
    communicator = Communicator(
        application, "/ws/labs/nowhere/", headers(OWNER, "http://localhost:8000")
    )
    assert (await communicator.connect())[0]
    frame = json.loads(await communicator.receive_from())
    assert frame["error"]["code"] == "no-such-lab"
    assert (await communicator.receive_output())["code"] == 4404


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://localhost:8001",
        "https://localhost:8000",
        "http://localhost",
        "http://127.0.0.1:8000",
        "null",
        "",
        "http://localhost:port",
        None,
    ],
)
async def test_a_page_of_another_origin_is_refused(lab: str, origin: str | None) -> None:
    communicator = Communicator(
        application, f"/ws/labs/{lab}/", headers(OWNER, origin, "localhost:8000")
    )
    connected, _ = await communicator.connect()
    assert not connected


async def test_a_host_that_is_not_ours_is_refused_even_with_its_own_origin(lab: str) -> None:
    rebound = headers(OWNER, "http://rebound.example", "rebound.example")
    communicator = Communicator(application, f"/ws/labs/{lab}/", rebound)
    assert not (await communicator.connect())[0]


async def test_an_address_without_a_socket_refuses_the_handshake(registry: Registry) -> None:
    communicator = Communicator(
        application, "/ws/elsewhere", headers(OWNER, "http://localhost:8000")
    )
    assert not (await communicator.connect())[0]


@pytest.mark.parametrize("after", ["x", "-1", "9" * 30, "1.5", "٣"])
async def test_a_wrong_after_is_told_and_the_tape_sent_whole(
    lab: str, join: Connect, after: str
) -> None:
    socket = await join(lab, after=after)
    assert socket.answers[0]["error"]["code"] == "bad-after"
    assert (await socket.event("lab.opened"))["seq"] == 1


async def test_a_stop_that_takes_long_does_not_hold_up_typing(
    lab: str, join: Connect, engine: FakeEngine
) -> None:
    socket = await join(lab)
    await socket.ask("build", files=DOCKERFILE)
    await socket.event("image.built")
    container = (await socket.ask("container.run", image="my-app"))["result"]["container"]
    shell = await socket.ask("exec.start", container=container, terminal=True)
    engine.labs[lab].stop_may_end.clear()
    stop = await socket.send("container.stop", container=container)
    for key in "echo hi":
        typed = await socket.ask("exec.type", exec=shell["result"]["exec"], data=key)
        assert typed["frame"] == "done"
    assert not any(answer["ref"] == stop for answer in socket.answers)
    engine.labs[lab].stop_may_end.set()
    assert (await socket.answer(stop))["frame"] == "done"


async def test_what_was_asked_for_is_done_even_if_the_page_is_closed_meanwhile(
    lab: str, join: Connect, engine: FakeEngine, registry: Registry
) -> None:
    socket = await join(lab)
    await socket.ask("build", files=DOCKERFILE)
    await socket.event("image.built")
    container = (await socket.ask("container.run", image="my-app"))["result"]["container"]
    engine.labs[lab].stop_may_end.clear()
    await socket.send("container.stop", container=container)
    runner = await registry.runner(lab)
    await eventually(lambda: runner._work)
    await socket.close()
    engine.labs[lab].stop_may_end.set()
    await eventually(lambda: not runner._work)
    assert runner.belief.containers[container].state == "exited"


async def test_keys_keep_their_order(lab: str, join: Connect, engine: FakeEngine) -> None:
    socket = await join(lab)
    await socket.ask("build", files=DOCKERFILE)
    await socket.event("image.built")
    container = (await socket.ask("container.run", image="my-app"))["result"]["container"]
    shell = (await socket.ask("exec.start", container=container, terminal=True))["result"]["exec"]
    text = "the quick brown fox jumps over the lazy dog"
    refs = [await socket.send("exec.type", exec=shell, data=key) for key in text]
    await socket.answer(refs[-1])
    assert "".join(data.decode() for _, data in engine.labs[lab].typed) == text
    echoed = [e["text"] for e in socket.events if e["type"] == "exec.output"]
    await socket.until(lambda: True)
    assert text.startswith("".join(echoed))


async def test_a_socket_that_goes_away_leaves_nothing_behind(
    lab: str, join: Connect, registry: Registry
) -> None:
    before = asyncio.all_tasks()
    socket = await join(lab)
    await socket.event("lab.opened")
    runner_tasks = {task for task in asyncio.all_tasks() - before if "socket" not in repr(task)}
    await socket.close()

    def left() -> set[asyncio.Task[object]]:
        return {task for task in asyncio.all_tasks() - before if not task.done()} - runner_tasks

    # A cancelled task takes a turn of the loop to end.
    await eventually(lambda: not left())
    assert not registry._watching
    assert not registry._addresses
