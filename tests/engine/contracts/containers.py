"""The contract: running containers."""

import re

import pytest

from tests.engine.contracts.common import APP, BUSYBOX, STUDENT, Contract
from tests.engine.recording import Bench
from visualizer.engine.errors import NotFound, Refused
from visualizer.engine.port import RunRequest
from visualizer.events.types import (
    ContainerChanged,
    ContainerCreated,
    ContainerExited,
    ContainerOutput,
    ContainerStarted,
)


class ContainerContract(Contract):
    """Running containers."""

    async def test_a_container_runs_the_images_command(self, bench: Bench) -> None:
        built = await bench.image('FROM busybox\nCMD ["echo", "hello"]\n')
        container = await bench.run()
        ended = await bench.ended(container)
        created = bench.tape.one(ContainerCreated)
        assert (created.container, created.image) == (container, built.image)
        assert created.command == ["echo", "hello"]
        assert bench.output(container) == "hello\n"
        assert (ended.exit_code, ended.reason) == (0, "completed")
        assert bench.tape.one(ContainerStarted).container == container

    async def test_a_container_has_an_id_a_name_and_a_hostname(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.running()
        created = bench.tape.one(ContainerCreated)
        assert re.fullmatch("[0-9a-f]{64}", container)
        assert re.fullmatch("[a-z]+_[a-z]+[0-9]*", created.name)
        assert created.hostname == container[:12]
        assert await bench.exec(container, "hostname") == (0, f"{container[:12]}\n")

    async def test_python_runs_the_students_program(self, bench: Bench) -> None:
        await bench.image(STUDENT, {"app.py": APP})
        assert await bench.output_of() == "Hello\n"

    async def test_output_comes_while_the_process_runs(self, bench: Bench) -> None:
        await bench.image("FROM busybox\n")
        container = await bench.run("sh", "-c", "echo first; sleep 1000")
        await bench.tape.wait(ContainerOutput, container=container)
        assert bench.output(container) == "first\n"
        assert not bench.tape.all(ContainerExited)

    async def test_a_command_given_at_run_replaces_the_images(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        assert await bench.output_of("echo", "other") == "other\n"

    async def test_an_entrypoint_stays_and_takes_the_command(self, bench: Bench) -> None:
        await bench.image('FROM busybox\nENTRYPOINT ["echo", "always"]\nCMD ["default"]\n')
        assert await bench.output_of() == "always default\n"
        assert await bench.output_of("given") == "always given\n"

    async def test_environment_given_at_run_is_there(self, bench: Bench) -> None:
        await bench.image("FROM busybox\nENV A=image B=image\n")
        request = RunRequest("app", command=["sh", "-c", "echo $A $B"], env={"B": "run"})
        container = await bench.lab.run(request)
        await bench.ended(container)
        assert bench.output(container) == "image run\n"

    async def test_an_exit_code_is_told(self, bench: Bench) -> None:
        await bench.image("FROM busybox\n")
        ended = await bench.ended(await bench.run("sh", "-c", "exit 4"))
        assert (ended.exit_code, ended.reason) == (4, "failed")

    async def test_an_unknown_command_ends_with_127(self, bench: Bench) -> None:
        await bench.image("FROM busybox\n")
        container = await bench.run("no-such-program")
        ended = await bench.ended(container)
        assert ended.exit_code == 127
        assert "executable file not found in $PATH" in bench.output(container)

    async def test_a_container_without_a_command_is_refused(self, bench: Bench) -> None:
        await bench.image("FROM scratch\nCOPY f /f\n", {"f": "x"})
        with pytest.raises(Refused) as refused:
            await bench.run()
        assert "no command specified" in refused.value.engine_words
        assert (await bench.lab.holdings()).containers == []

    async def test_an_image_that_is_not_there_is_refused(self, bench: Bench) -> None:
        with pytest.raises(NotFound):
            await bench.run(image="nothing")

    async def test_a_created_container_waits_for_its_start(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.lab.run(RunRequest("app", start=False))
        assert not bench.tape.all(ContainerStarted)
        await bench.lab.start(container)
        assert bench.tape.one(ContainerStarted).container == container

    async def test_containers_share_an_image_and_no_files(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        one, two = await bench.running(), await bench.running()
        await bench.exec(one, "sh", "-c", "echo mine > /tmp/note")
        assert await bench.exec(one, "cat", "/tmp/note") == (0, "mine\n")
        assert (await bench.exec(two, "cat", "/tmp/note"))[0] == 1

    async def test_files_survive_stop_and_start_but_not_remove(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.running()
        await bench.exec(container, "sh", "-c", "echo kept > /note; rm -r /var/www")
        await bench.lab.stop(container, 0.1)
        await bench.lab.start(container)
        assert await bench.exec(container, "cat", "/note") == (0, "kept\n")
        assert (await bench.exec(container, "ls", "/var/www"))[0] != 0
        await bench.lab.remove(container, force=True)
        fresh = await bench.running()
        assert (await bench.exec(fresh, "cat", "/note"))[0] == 1

    async def test_what_a_container_changes_is_told_as_docker_diff_does(self, bench: Bench) -> None:
        await bench.image("FROM busybox\nRUN mkdir /d && echo a > /d/a && echo b > /d/b\n")
        container = await bench.running()
        await bench.exec(container, "sh", "-c", "echo x > /d/new; echo more >> /d/a; rm /d/b")
        changes = {change.path: change for change in await bench.lab.changes(container)}
        assert list(changes) == ["/d", "/d/a", "/d/b", "/d/new"]
        assert [c.kind for c in changes.values()] == ["modified", "modified", "deleted", "added"]
        assert changes["/d/a"].size == len("a\nmore\n")
        told = await bench.tape.wait(ContainerChanged, container=container)
        assert told.changes == list(changes.values())
        assert told.writable_size == len("a\nmore\n") + len("x\n")

    async def test_a_look_at_what_did_not_change_tells_nothing(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.running()
        await bench.exec(container, "true")
        assert await bench.lab.changes(container) == ()
        assert not bench.tape.all(ContainerChanged)

    async def test_changes_are_told_while_a_process_goes_on(self, bench: Bench) -> None:
        await bench.image("FROM busybox\n")
        container = await bench.run("sh", "-c", "echo x > /written; sleep 1000")
        told = await bench.tape.wait(ContainerChanged, container=container)
        assert [change.path for change in told.changes] == ["/written"]

    async def test_references_are_names_ids_and_prefixes(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.run(name="one")
        for ref in ("one", container, container[:6]):
            assert (await bench.lab.inspect(ref))["Id"] == container
        with pytest.raises(NotFound):
            await bench.lab.inspect("two")

    async def test_inspect_has_dockers_shape(self, bench: Bench) -> None:
        built = await bench.image(BUSYBOX)
        container = await bench.run("sleep", "999", name="one")
        found = await bench.lab.inspect("one")
        assert found["Name"] == "/one"
        assert found["Image"] == built.image
        assert (found["Path"], found["Args"]) == ("sleep", ["999"])
        assert found["Config"]["Hostname"] == container[:12]
        assert found["State"]["Running"] is True
        image = await bench.lab.inspect("app")
        assert image["Id"] == built.image
        assert image["RootFS"]["Layers"] == built.layers
        assert image["Config"]["Cmd"] == ["sleep", "1000"]
