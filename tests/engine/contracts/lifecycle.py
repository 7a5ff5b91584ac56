"""The contract: stopping, killing, pausing, renaming, removing."""

import asyncio

import pytest

from tests.engine.contracts.common import BUSYBOX, Contract
from tests.engine.recording import Bench
from visualizer.engine.errors import Conflict, NotFound, Refused
from visualizer.events.types import (
    ContainerExited,
    ContainerPaused,
    ContainerRemoved,
    ContainerRenamed,
    ContainerResumed,
    ContainerStarted,
)


class LifecycleContract(Contract):
    """Stopping, killing, pausing, renaming, removing."""

    async def test_stop_kills_what_does_not_listen_after_the_grace(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.running()
        await bench.lab.stop(container, 0.1)
        ended = bench.tape.one(ContainerExited)
        assert (ended.exit_code, ended.reason) == (137, "stopped")

    async def test_a_stopped_container_may_be_stopped_again(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.running()
        await bench.lab.stop(container, 0.1)
        await bench.lab.stop(container, 0.1)
        assert len(bench.tape.all(ContainerExited)) == 1

    async def test_kill_ends_a_container_at_once(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.running()
        await bench.lab.kill(container)
        ended = bench.tape.one(ContainerExited)
        assert (ended.exit_code, ended.reason) == (137, "killed")
        with pytest.raises(Conflict) as refused:
            await bench.lab.kill(container)
        assert "is not running" in refused.value.engine_words

    async def test_restart_is_an_end_and_a_start(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.running()
        await bench.lab.restart(container, 0.1)
        assert len(bench.tape.all(ContainerStarted, container=container)) == 2
        assert len(bench.tape.all(ContainerExited, container=container)) == 1

    async def test_starting_what_runs_changes_nothing(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.running()
        await bench.lab.start(container)
        assert len(bench.tape.all(ContainerStarted)) == 1

    async def test_a_paused_container_does_nothing_until_resumed(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.running()
        await bench.lab.pause(container)
        assert bench.tape.one(ContainerPaused).container == container
        assert (await bench.lab.holdings()).containers[0].state == "paused"
        for refused in (
            bench.lab.exec(container, ["true"]),
            bench.lab.pause(container),
            bench.lab.start(container),
            bench.lab.remove(container),
        ):
            with pytest.raises(Conflict):
                await refused
        await bench.lab.resume(container)
        assert bench.tape.one(ContainerResumed).container == container
        assert (await bench.exec(container, "true"))[0] == 0

    async def test_only_what_is_paused_can_be_resumed(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.running()
        with pytest.raises(Conflict) as refused:
            await bench.lab.resume(container)
        assert "is not paused" in refused.value.engine_words

    async def test_a_paused_container_can_be_stopped(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.running()
        await bench.lab.pause(container)
        await bench.lab.stop(container, 0.1)
        assert bench.tape.one(ContainerExited).reason == "stopped"

    async def test_a_name_means_one_container(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        await bench.run(name="one")
        with pytest.raises(Conflict) as refused:
            await bench.run(name="one")
        assert 'The container name "/one" is already in use' in refused.value.engine_words

    async def test_a_container_can_have_another_name(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.run(name="one")
        await bench.run(name="two")
        await bench.lab.rename("one", "uno")
        assert bench.tape.one(ContainerRenamed).name == "uno"
        assert (await bench.lab.inspect("uno"))["Id"] == container
        with pytest.raises(Conflict):
            await bench.lab.rename("uno", "two")
        with pytest.raises(Refused):
            await bench.lab.rename("uno", "no spaces")

    async def test_a_running_container_is_removed_by_force_only(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.running()
        with pytest.raises(Conflict) as refused:
            await bench.lab.remove(container)
        assert "container is running" in refused.value.engine_words
        await bench.lab.remove(container, force=True)
        assert bench.tape.names()[-2:] == ["container.exited", "container.removed"]
        with pytest.raises(NotFound):
            await bench.lab.inspect(container)

    async def test_an_exited_container_is_removed(self, bench: Bench) -> None:
        await bench.image("FROM busybox\n")
        container = await bench.run("true")
        await bench.ended(container)
        await bench.lab.remove(container)
        assert bench.tape.one(ContainerRemoved).container == container
        assert (await bench.lab.holdings()).containers == []

    async def test_two_removals_at_once_remove_once(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.running()
        await asyncio.gather(
            bench.lab.remove(container, force=True),
            bench.lab.remove(container, force=True),
            return_exceptions=True,
        )
        assert len(bench.tape.all(ContainerRemoved)) == 1
