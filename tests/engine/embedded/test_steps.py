"""What COPY, ADD and RUN do in the embedded engine."""

import io
import tarfile

import pytest

from tests.engine.recording import Bench
from visualizer.engine.errors import NotFound
from visualizer.events.types import (
    LayerCreated,
    StepFailed,
    StepOutput,
)


def archive(**files: bytes) -> bytes:
    """A gzipped tar."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as made:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    return out.getvalue()


async def read(bench: Bench, path: str) -> bytes:
    return await bench.lab.read_file("app", path)


async def modes(bench: Bench, layer: str) -> dict[str, int]:
    return {file.path: file.mode for file in await bench.lab.layer_files(layer)}


class TestCopy:
    async def test_owner_and_mode_can_be_given(self, bench: Bench) -> None:
        await bench.image(
            "FROM busybox\nCOPY --chown=daemon:www-data --chmod=640 a /d/a\n"
            "COPY --chmod=u=rwX,go-w a /d/b\n",
            {"a": "a"},
        )
        one, two = bench.tape.one(LayerCreated, step=2), bench.tape.one(LayerCreated, step=3)
        assert (await modes(bench, one.layer))["/d/a"] == 0o640
        assert (await modes(bench, two.layer))["/d/b"] == 0o644

    async def test_an_unknown_owner_is_root_as_in_buildkit(self, bench: Bench) -> None:
        unknown = await bench.image("FROM busybox\nCOPY --chown=ghost a /a\n", {"a": "a"})
        roots = await bench.image("FROM busybox\nCOPY --chown=root a /a\n", {"a": "a"})
        assert unknown.layers == roots.layers

    async def test_a_file_is_not_copied_onto_a_directory_of_its_name(self, bench: Bench) -> None:
        await bench.build(
            "FROM busybox\nRUN mkdir /x && echo f > /x/a\nCOPY d /x/a\n", {"d/f": "f"}
        )
        diagnosis = bench.tape.one(StepFailed).diagnosis
        assert diagnosis is not None
        assert diagnosis.code == "not-a-directory"

    async def test_a_file_is_no_working_directory(self, bench: Bench) -> None:
        assert await bench.build("FROM busybox\nWORKDIR /etc/passwd/below\n") is None
        diagnosis = bench.tape.one(StepFailed).diagnosis
        assert diagnosis is not None
        assert diagnosis.code == "not-a-directory"

    async def test_heredocs_become_files(self, bench: Bench) -> None:
        await bench.image("FROM busybox\nCOPY <<one.txt <<two.txt /d/\n1\none.txt\n2\ntwo.txt\n")
        assert (await read(bench, "/d/one.txt"), await read(bench, "/d/two.txt")) == (
            b"1\n",
            b"2\n",
        )

    async def test_a_symlink_on_the_way_is_followed(self, bench: Bench) -> None:
        await bench.image(
            "FROM busybox\nRUN mkdir /real && ln -s real /alias\nCOPY a /alias/a\n", {"a": "a"}
        )
        assert await read(bench, "/real/a") == b"a"

    @pytest.mark.parametrize("target", ["/a\u202eb", "/" + "n" * 256, "/" + "/".join("d" * 101)])
    async def test_a_path_that_cannot_be_stored_is_diagnosed(
        self, bench: Bench, target: str
    ) -> None:
        assert await bench.build(f'FROM busybox\nCOPY ["a", "{target}"]\n', {"a": "a"}) is None
        diagnosis = bench.tape.one(StepFailed).diagnosis
        assert diagnosis is not None
        assert diagnosis.code == "path-not-storable"


class TestAdd:
    async def test_an_archive_is_unpacked(self, bench: Bench) -> None:
        await bench.image(
            "FROM busybox\nADD a.tgz /opt/\nADD plain /opt/\n",
            {"a.tgz": archive(one=b"1", two=b"2"), "plain": "p"},
        )
        assert await read(bench, "/opt/one") == b"1"
        assert await read(bench, "/opt/plain") == b"p"

    async def test_copy_leaves_an_archive_as_it_is(self, bench: Bench) -> None:
        data = archive(one=b"1")
        await bench.image("FROM busybox\nCOPY a.tgz /opt/\n", {"a.tgz": data})
        assert await read(bench, "/opt/a.tgz") == data

    async def test_a_hostile_archive_is_refused(self, bench: Bench) -> None:
        files: dict[str, bytes | str] = {"evil.tar": archive(**{"../../etc/passwd": b"evil"})}
        assert await bench.build("FROM busybox\nADD evil.tar /opt/\n", files) is None
        diagnosis = bench.tape.one(StepFailed).diagnosis
        assert diagnosis is not None
        assert diagnosis.code == "add-bad-archive"

    async def test_a_bomb_is_refused(self, bench: Bench) -> None:
        bomb = archive(zeros=bytes(40 * 1024 * 1024))
        assert await bench.build("FROM busybox\nADD bomb.tgz /\n", {"bomb.tgz": bomb}) is None
        diagnosis = bench.tape.one(StepFailed).diagnosis
        assert diagnosis is not None
        assert diagnosis.code == "add-large-archive"


class TestRun:
    async def test_a_heredoc_is_a_script(self, bench: Bench) -> None:
        await bench.image("FROM busybox\nRUN <<EOF\necho one > /f\necho two >> /f\nEOF\n")
        assert await read(bench, "/f") == b"one\ntwo\n"

    async def test_exec_form_needs_no_shell(self, bench: Bench) -> None:
        await bench.image('FROM busybox\nRUN ["touch", "/a b"]\n')
        assert await read(bench, "/a b") == b""

    async def test_a_step_has_its_directory_user_and_environment(self, bench: Bench) -> None:
        await bench.image(
            "FROM busybox\nWORKDIR /w\nENV A=1\nARG B=2\nUSER daemon\nRUN pwd; echo $A$B; whoami\n"
        )
        output = "".join(event.text for event in bench.tape.all(StepOutput))
        assert output == "/w\n12\ndaemon\n"

    async def test_without_a_shell_a_shell_form_cannot_start(self, bench: Bench) -> None:
        assert await bench.build("FROM scratch\nRUN echo hi\n") is None
        failed = bench.tape.one(StepFailed)
        assert failed.diagnosis is not None
        assert failed.diagnosis.code == "command-cannot-start"

    async def test_mounts_are_there_and_in_no_layer(self, bench: Bench) -> None:
        await bench.image(
            "FROM busybox\nRUN --mount=type=bind,target=/src cat /src/a > /copy\n"
            "RUN --mount=type=tmpfs,target=/scratch echo x > /scratch/x\n",
            {"a": "a"},
        )
        assert await read(bench, "/copy") == b"a"
        for path in ("/src/a", "/scratch/x"):
            with pytest.raises(NotFound):
                await read(bench, path)

    async def test_what_is_made_to_mount_something_in_is_in_no_layer(self, bench: Bench) -> None:
        await bench.image(
            "FROM busybox\nRUN --mount=type=tmpfs,target=/deep/down/scratch echo x > /kept\n"
            "RUN --mount=type=tmpfs,target=/full/scratch echo x > /full/kept\n"
        )
        assert await bench.output_of("ls", "-d", "/kept", "/full/kept") == "/full/kept\n/kept\n"
        assert "No such file" in await bench.output_of("ls", "/deep")

    async def test_a_cache_mount_remembers(self, bench: Bench) -> None:
        step = "RUN --mount=type=cache,target=/cache echo {} >> /cache/log; cat /cache/log\n"
        await bench.image("FROM busybox\n" + step.format("one"))
        await bench.image("FROM busybox\n" + step.format("two"))
        assert bench.tape.all(StepOutput, build=2)[-1].text.endswith("one\ntwo\n")

    async def test_a_file_deleted_in_its_own_step_is_in_no_layer(self, bench: Bench) -> None:
        await bench.image("FROM busybox\nRUN echo x > /x && rm /x\n")
        assert bench.tape.one(LayerCreated, step=2).added == 0
