"""What can be asked of an engine beside its labs: the same build without any of this site's code.

On Docker the Dockerfile is given to the API as it is written, on base images as they are. So what
the adapter reads, plans and refuses is held against an engine that knows nothing of it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote

from tests.engine.agreement import reading
from visualizer.dockerfile.context import ContextFiles
from visualizer.engine.docker.api import ApiError, EngineApi
from visualizer.engine.docker.context_archive import context_archive
from visualizer.engine.docker.engine_words import shown
from visualizer.engine.docker.wire import Request
from visualizer.engine.docker.words import exit_code_of
from visualizer.engine.port import BuildRequest, LabEngine

_OF_BASE = re.compile(r"simulated|^base image$|^mmdebstrap |^$")
_NOT_HERE = re.compile("pull access denied|failed to do request|failed to resolve")


@dataclass(frozen=True)
class _Call:
    """A call of the API that stands for a word of a play."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    content: object = None


_REFUSED = {
    "start": _Call("/containers/{ref}/start"),
    "stop": _Call("/containers/{ref}/stop"),
    "restart": _Call("/containers/{ref}/restart"),
    "pause": _Call("/containers/{ref}/pause"),
    "resume": _Call("/containers/{ref}/unpause"),
    "rm": _Call("/containers/{ref}", method="DELETE"),
    "exec": _Call("/containers/{ref}/exec", content={"Cmd": ["true"]}),
    "diff": _Call("/containers/{ref}/changes", method="GET"),
    "commit": _Call("/commit", {"container": "{first}"}),
}
"""Those in which no name is that is another one on the engine than in the lab."""


class Witness(Protocol):
    """Tells what the engine itself says of a build."""

    async def build(
        self, lab: LabEngine, request: BuildRequest, image: str | None, exit_code: int | None
    ) -> dict[str, Any]:
        """`itself` (built, or failed and how), and `history` and `config itself` of an image."""

    async def refusal(self, verb: str, ref: str, words: Sequence[str], said: str) -> str:
        """What the engine itself says to a thing that was refused; empty when it is not asked.

        `ref` is the id of the container that it is done to, or what stands for one; `words` is all
        that was written, `said` what the lab's engine has said.
        """


class EmbeddedWitness:
    """The embedded engine is its own: what it holds of the image."""

    async def build(
        self, lab: LabEngine, request: BuildRequest, image: str | None, exit_code: int | None
    ) -> dict[str, Any]:
        if image is None:
            return {"itself": _failed(exit_code)}
        told = await lab.inspect(image)
        return {
            "itself": "built",
            "history": _history([each["CreatedBy"] for each in told["History"]]),
            "config itself": reading.plain_config(told["Config"]),
        }

    async def refusal(self, verb: str, ref: str, words: Sequence[str], said: str) -> str:
        return said


class DockerWitness:
    """Builds once more on the bare API. Answers nothing where an image of the lab is needed."""

    def __init__(self, api: EngineApi) -> None:
        self._api = api

    async def build(
        self, lab: LabEngine, request: BuildRequest, image: str | None, exit_code: int | None
    ) -> dict[str, Any]:
        # A second build that succeeds says nothing that the first has not said.
        if request.build > 1 and image is not None:
            return {}
        digest, error = await self._built(request)
        if digest is None:
            unknown = _NOT_HERE.search(error) and image is not None
            return {} if unknown else {"itself": _failed(exit_code_of(shown(error)))}
        try:
            history = await self._api.get(f"/images/{digest}/history")
            config = (await self._api.get(f"/images/{digest}/json"))["Config"]
        finally:
            await self._forget(digest)
        return {
            "itself": "built",
            "history": _history([each["CreatedBy"] for each in reversed(history)]),
            "config itself": reading.plain_config(config),
        }

    async def refusal(self, verb: str, ref: str, words: Sequence[str], said: str) -> str:
        call = _REFUSED.get(verb)
        if call is None:
            return ""
        query = {name: value.format(first=words[0]) for name, value in call.query.items()}
        body = json.dumps(call.content).encode() if call.content is not None else b""
        kind = "application/json" if body else ""
        path = call.path.format(ref=quote(ref))
        try:
            await self._api.call(Request(call.method, path, query, body, kind))
        except ApiError as error:
            return error.message
        return ""

    async def _built(self, request: BuildRequest) -> tuple[str | None, str]:
        """The image, or None and the engine's words."""
        contents = {file.path: file.content for file in request.files}
        seen = set(ContextFiles.from_bytes(contents, {}).paths)
        path = request.dockerfile_path
        archive = context_archive(
            [file for file in request.files if file.path in seen],
            (path, contents.get(path, b"").decode()),
            with_copy=False,
        )
        query = {
            "version": "2",
            "networkmode": "none",
            "dockerfile": path,
            "buildargs": json.dumps(dict(request.args)),
            **({"target": request.target} if request.target else {}),
        }
        digest, error = None, "no answer"
        call = Request("POST", "/build", query, archive, "application/x-tar")
        try:
            async with self._api.open(call) as answer:
                async for line in answer.json_lines():
                    if line.get("id") == "moby.image.id":
                        digest = str(line["aux"]["ID"])
                    error = str(line.get("error", error))
        except ApiError as refused:
            error = refused.message
        return digest, error

    async def _forget(self, digest: str) -> None:
        # Another build's result may be the same image, and may have it already.
        with suppress(ApiError):
            await self._api.delete(f"/images/{digest}", force="1")


def _failed(exit_code: int | None) -> str:
    return "failed" if exit_code is None else f"failed with exit code {exit_code}"


def _history(lines: list[str]) -> list[str]:
    return [line for line in lines if not _OF_BASE.search(line)]
