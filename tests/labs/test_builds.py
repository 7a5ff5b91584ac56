"""Whose build is next: one queue an engine, over all its labs; everyone is told the place."""

import asyncio
from collections.abc import Callable

from tests.waiting import eventually
from visualizer.labs.builds import BuildQueue, Ticket


class Builds:
    """Builds that end when the test says so, and what each lab was told."""

    def __init__(self, at_once: int) -> None:
        self.queue = BuildQueue(at_once)
        self.running: list[str] = []
        self.told: dict[str, list[int]] = {}
        self._ends: dict[str, asyncio.Event] = {}

    def ask(self, *labs: str) -> None:
        """Each lab asks for its next build."""
        for lab in labs:
            number = 1 + sum(name.startswith(f"{lab}#") for name in self._ends)
            name = f"{lab}#{number}"
            self._ends[name] = asyncio.Event()
            self.told[name] = []
            self.queue.add(Ticket(lab, number, self._work(name), self.told[name].append))

    def end(self, name: str) -> None:
        """Let a build end."""
        self._ends[name].set()

    def _work(self, name: str) -> Callable[[], asyncio.Task[None]]:
        async def work() -> None:
            self.running.append(name)
            await self._ends[name].wait()
            self.running.remove(name)

        return lambda: asyncio.ensure_future(work())


async def test_a_docker_engine_builds_one_at_a_time_and_everyone_knows_who_comes_before() -> None:
    builds = Builds(at_once=1)
    builds.ask("ada", "bob", "eve", "kay")
    await eventually(lambda: builds.running == ["ada#1"])
    assert [builds.told[f"{lab}#1"] for lab in ("ada", "bob", "eve", "kay")] == [[], [1], [2], [3]]
    builds.end("ada#1")
    await eventually(lambda: builds.running == ["bob#1"])
    assert [builds.told[f"{lab}#1"] for lab in ("eve", "kay")] == [[2, 1], [3, 2]]
    for name in ("bob#1", "eve#1", "kay#1"):
        builds.end(name)
    await eventually(lambda: not builds.running)


async def test_who_gives_up_makes_room_for_those_behind() -> None:
    builds = Builds(at_once=1)
    builds.ask("ada", "bob", "eve")
    await eventually(lambda: builds.running == ["ada#1"])
    assert builds.queue.withdraw("bob", 1)
    assert builds.told["eve#1"] == [2, 1]
    assert not builds.queue.withdraw("bob", 1)
    builds.end("ada#1")
    await eventually(lambda: builds.running == ["eve#1"])
    builds.end("eve#1")
    await eventually(lambda: not builds.running)


async def test_a_lab_that_builds_already_lets_the_others_pass() -> None:
    builds = Builds(at_once=2)
    builds.ask("ada", "ada", "bob")
    await eventually(lambda: builds.running == ["ada#1", "bob#1"])
    assert (builds.told["ada#2"], builds.told["bob#1"]) == ([1], [])
    for name in ("ada#1", "bob#1", "ada#2"):
        builds.end(name)
    await eventually(lambda: not builds.running)
