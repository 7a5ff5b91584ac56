"""Does with a lab what a case says, and answers each thing done with fields that can be compared.

The words are those of the `docker` command as far as there are any: `build`, `run`, `exec` … and
`write`, `chmod`, `delete` for the build context, `wait` and `until` for waiting.
"""

import shlex
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from tests.engine.agreement import reading
from tests.engine.agreement.case import Case
from tests.engine.agreement.witness import Witness
from tests.engine.recording import Tape
from tests.waiting import eventually
from visualizer.engine.errors import Conflict, EngineError, NotFound
from visualizer.engine.port import BuildRequest, ContextFile, LabEngine, RunRequest
from visualizer.events.types import (
    ContainerExited,
    ContainerOutput,
    ExecExited,
    ExecOutput,
    ImageCommitted,
)

Fields = dict[str, Any]
SECONDS = 120.0
"""The longest that anything is waited for."""


class NotThere(Exception):
    """A container that was to be waited for, and was never made."""


class Player:
    """Plays one case on one lab."""

    def __init__(self, case: Case, lab: LabEngine, tape: Tape, witness: Witness) -> None:
        self._case = case
        self._lab = lab
        self._tape = tape
        self._witness = witness
        self._context = case.context()
        self._builds = 0
        self._images: list[str] = []
        self._names: dict[str, str] = {}
        self._exits_seen: dict[str, int] = {}

    async def play(self) -> list[Fields]:
        """An answer for each thing done, in their order."""
        return [{"do": line, **await self._do(shlex.split(line))} for line in self._case.play]

    async def _do(self, words: Sequence[str]) -> Fields:
        verb, *rest = words
        verbs: Mapping[str, Callable[[Sequence[str]], Awaitable[Fields]]] = {
            "build": self._build,
            "write": self._write,
            "chmod": self._chmod,
            "delete": self._delete,
            "run": self._run,
            "wait": self._wait,
            "until": self._until,
            "exec": self._exec,
            "diff": self._diff,
            "cat": self._cat,
            "inspect": self._inspect,
            "commit": self._commit,
        }
        if verb in verbs:
            done = await self._answered(verbs[verb](rest))
        else:
            done = await self._answered(self._change(verb, rest))
        if "refusal" in done:
            _, named = _options(rest)
            known = self._names.get(named[0], named[0]) if named else ""
            words = await self._witness.refusal(verb, known, named, done["engine words"])
            done |= {"refused itself": self._plain(words)} if words else {}
        if verb in verbs:
            return done
        # What was killed or started ends in its own time, and says so when it is waited for.
        return done if verb in ("kill", "start", "restart") else done | await self._state()

    async def _answered(self, doing: Awaitable[Fields]) -> Fields:
        try:
            return await doing
        except EngineError as error:
            return {
                "refusal": error.code,
                "kind": _kind(error),
                "engine words": self._plain(error.engine_words),
            }
        except NotThere as gone:
            return {"not done": f"no container {gone}"}
        except TimeoutError:
            return {"not done": "waited in vain"}

    def _plain(self, words: str) -> str:
        """Docker's words for a refusal, without ids."""
        for name, container in self._names.items():
            words = words.replace(container, f"<{name}>").replace(container[:12], f"<{name}>")
        for number, image in enumerate(self._images, start=1):
            plain = image.removeprefix("sha256:")
            for form in (image, plain, plain[:12]):
                words = words.replace(form, f"<image {number}>")
        return words

    # The build context

    async def _write(self, words: Sequence[str]) -> Fields:
        path, text = words
        self._context[path] = ContextFile(path, _unescaped(text).encode())
        return {}

    async def _chmod(self, words: Sequence[str]) -> Fields:
        mode, path = words
        self._context[path] = ContextFile(path, self._context[path].content, int(mode, 8))
        return {}

    async def _delete(self, words: Sequence[str]) -> Fields:
        del self._context[words[0]]
        return {}

    # Builds

    async def _build(self, words: Sequence[str]) -> Fields:
        options, _ = _options(words)
        self._builds += 1
        request = BuildRequest(
            build=self._builds,
            files=list(self._context.values()),
            tag=options.get("tag", ["app"])[0],
            dockerfile_path=options.get("file", ["Dockerfile"])[0],
            args=_pairs(options.get("arg", [])),
            target=options.get("target", [None])[0],
            no_cache="no-cache" in options,
        )
        image = await self._lab.build(request)
        fields = reading.told_build(self._tape, self._builds)
        if image is not None:
            fields["same image as before"] = image in self._images
            if image not in self._images:
                self._images.append(image)
            fields |= await reading.layers(self._lab, self._tape, self._builds)
        code = fields.get("exit code")
        return fields | await self._witness.build(self._lab, request, image, code)

    # Containers and images

    async def _run(self, words: Sequence[str]) -> Fields:
        options, rest = _options(words)
        image, *command = rest or ["app"]
        request = RunRequest(
            image,
            name=options.get("name", ["one"])[0],
            command=command or None,
            env=_pairs(options.get("env", [])),
            start="create" not in options,
        )
        try:
            self._names[request.name or ""] = await self._lab.run(request)
        except EngineError:
            for held in (await self._lab.holdings()).containers:
                self._names.setdefault(held.name, held.container)
            raise
        return {}

    async def _change(self, verb: str, words: Sequence[str]) -> Fields:
        options, rest = _options(words)
        grace = float(options.get("time", ["10"])[0])
        ref, *more = rest
        force = "force" in options
        match verb:
            case "start":
                await self._lab.start(ref)
            case "stop":
                await self._lab.stop(ref, grace)
            case "restart":
                await self._lab.restart(ref, grace)
            case "kill":
                await self._lab.kill(ref, *more)
            case "pause":
                await self._lab.pause(ref)
            case "resume":
                await self._lab.resume(ref)
            case "rename":
                await self._lab.rename(ref, *more)
                if ref in self._names:
                    self._names[more[0]] = self._names.pop(ref)
            case "rm":
                await self._lab.remove(ref, force)
                self._names.pop(ref, None)
            case "tag":
                await self._lab.tag(ref, *more)
            case "rmi":
                await self._lab.remove_image(ref, force)
            case _:
                raise ValueError(f"{self._case.name}: nothing is called {verb!r}")
        return {}

    async def _commit(self, words: Sequence[str]) -> Fields:
        container, tag = words
        image = await self._lab.commit(container, tag)
        self._images.append(image)
        event = self._tape.all(ImageCommitted)[-1]
        files = await self._lab.layer_files(event.layer, limit=1000)
        return {
            "image config": reading.plain_config(event.config),
            "layers": [reading.shown_layer(files, set())],
            "tags": event.tags,
            **await self._state(),
        }

    async def _wait(self, words: Sequence[str]) -> Fields:
        """Until the container has exited once more than it was waited for before."""
        container = self._container(words[0])
        seen = self._exits_seen.get(container, 0)
        await eventually(
            lambda: len(self._tape.all(ContainerExited, container=container)) > seen, SECONDS
        )
        self._exits_seen[container] = seen + 1
        ended = self._tape.all(ContainerExited, container=container)[seen]
        return {
            "exit code": ended.exit_code,
            "reason": ended.reason,
            "stdout": reading.output(self._tape, ContainerOutput, "stdout", container=container),
            "stderr": reading.output(self._tape, ContainerOutput, "stderr", container=container),
            **await self._state(),
        }

    async def _until(self, words: Sequence[str]) -> Fields:
        """Until the container has written a text."""
        container, text = self._container(words[0]), _unescaped(words[1])

        def written() -> bool:
            return text in reading.output(
                self._tape, ContainerOutput, "stdout", container=container
            )

        await eventually(written, SECONDS)
        return {}

    async def _exec(self, words: Sequence[str]) -> Fields:
        started = await self._lab.exec(words[0], words[1:])
        ended = await self._tape.wait(ExecExited, seconds=SECONDS, exec=started)
        return {
            "exit code": ended.exit_code,
            "stdout": reading.output(self._tape, ExecOutput, "stdout", exec=started),
            "stderr": reading.output(self._tape, ExecOutput, "stderr", exec=started),
        }

    async def _diff(self, words: Sequence[str]) -> Fields:
        return {"file changes": reading.changes(await self._lab.changes(words[0]))}

    async def _cat(self, words: Sequence[str]) -> Fields:
        content = await self._lab.read_file(words[0], words[1])
        return {"content": content.decode("utf-8", "replace")}

    async def _inspect(self, words: Sequence[str]) -> Fields:
        told = await self._lab.inspect(words[0])
        return {"inspect": reading.inspected(told)}

    def _container(self, name: str) -> str:
        try:
            return self._names[name]
        except KeyError:
            raise NotThere(name) from None

    async def _state(self) -> Fields:
        """The containers and images that there are."""
        held = await self._lab.holdings()
        return {
            "containers": {
                each.name: each.state if each.exit_code is None else f"exited {each.exit_code}"
                for each in held.containers
            },
            "images": sorted(sorted(tags) for tags in held.images.values()),
        }


def _kind(error: EngineError) -> str:
    kinds = {NotFound: "not found", Conflict: "conflict"}
    return next((word for kind, word in kinds.items() if isinstance(error, kind)), "refused")


def _options(words: Sequence[str]) -> tuple[dict[str, list[str]], list[str]]:
    """`--name=value` and `--name` before the rest; an option may come several times."""
    options: dict[str, list[str]] = {}
    rest = list(words)
    while rest and rest[0].startswith("--"):
        name, _, value = rest.pop(0)[2:].partition("=")
        options.setdefault(name, []).append(value)
    return options, rest


def _unescaped(text: str) -> str:
    return text.replace("\\n", "\n")


def _pairs(written: Sequence[str]) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in written)
