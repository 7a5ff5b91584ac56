"""What a build begins with: the request's files, the plan, and the images that the plan uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from visualizer.dockerfile.context import ContextFiles
from visualizer.dockerfile.diagnosis import Message, Problem
from visualizer.dockerfile.operations import BaseImage
from visualizer.dockerfile.parser import parse
from visualizer.dockerfile.plan import plan
from visualizer.dockerfile.policy import check_policy
from visualizer.dockerfile.steps import Plan
from visualizer.engine.docker.images import LabImages
from visualizer.engine.docker.lab_context import LabContext
from visualizer.engine.docker.rewriting import SCRATCH, images_of
from visualizer.engine.embedded.building.failures import INVALID_TAG, NO_DOCKERFILE, whole_build
from visualizer.engine.embedded.references import full_tag
from visualizer.engine.errors import Refused
from visualizer.engine.port import BuildRequest, ContextFile
from visualizer.events.types import BuildStarted, Diagnosis


class BuildStopped(Exception):
    """A build that failed; the tape's words for it."""

    def __init__(self, message: str, diagnosis: Diagnosis | None) -> None:
        super().__init__(message)
        self.message = message
        self.diagnosis = diagnosis


@dataclass(frozen=True)
class Used:
    """An image that a build uses."""

    tag: str
    """What the engine knows it by."""
    digest: str
    config: Mapping[str, Any]
    layers: tuple[str, ...]


class _Wanted(Exception):
    """The plan asks for an image that was not looked up yet."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class BuildReading:
    """One build's request, read."""

    def __init__(self, lab: LabContext, images: LabImages, request: BuildRequest) -> None:
        self._lab = lab
        self._images = images
        self._request = request
        contents = {file.path: file.content for file in request.files}
        modes = {file.path: file.mode for file in request.files}
        self._files = ContextFiles.from_bytes(contents, modes)
        self._dockerfile = contents.get(request.dockerfile_path)
        self._used: dict[str, Used | None] = {}
        self.escape = "\\"
        """The Dockerfile's own."""

    @property
    def source(self) -> str:
        """The Dockerfile's text."""
        return (self._dockerfile or b"").decode("utf-8", "replace")

    @property
    def tags(self) -> dict[str, str]:
        """What the engine knows the images by that the plan names."""
        return {name: used.tag for name, used in self._used.items() if used is not None}

    @property
    def used(self) -> dict[str, Used]:
        """The images that the plan names."""
        return {name: used for name, used in self._used.items() if used is not None}

    def seen_files(self) -> list[ContextFile]:
        """The files that `.dockerignore` lets through."""
        seen = set(self._files.paths)
        return [file for file in self._request.files if file.path in seen]

    def tell_start(self) -> None:
        """Say what the build begins with."""
        request = self._request
        self._lab.emit(
            BuildStarted(
                build=request.build,
                tag=request.tag,
                dockerfile=self.source,
                files=self._files.entries(),
                args=dict(request.args),
                target=request.target,
                no_cache=request.no_cache,
            )
        )

    async def plan(self) -> Plan:
        """Read the Dockerfile. Raises BuildStopped."""
        names = await self._catalogue_names()
        planned: Plan | None = None
        while planned is None:
            try:
                planned = self._plan(names)
            except _Wanted as wanted:
                self._used[wanted.name] = await self._look_up(wanted.name)
        for name in images_of(planned):
            if name not in self._used:
                self._used[name] = await self._look_up(name)
        return planned

    async def _catalogue_names(self) -> list[str]:
        return [name for name in self._lab.catalogue.names() if name != SCRATCH]

    def _plan(self, names: list[str]) -> Plan:
        request, source = self._request, self._dockerfile
        try:
            full_tag(request.tag)
        except Refused:
            raise _stopped(INVALID_TAG, tag=request.tag) from None
        if source is None:
            raise _stopped(NO_DOCKERFILE, path=request.dockerfile_path)
        for diagnosis in check_policy(source, self._files):
            if diagnosis.severity == "error":
                raise BuildStopped(diagnosis.title, diagnosis)
        try:
            parsed = parse(source)
            self.escape = parsed.escape
            return plan(
                parsed,
                context=self._files,
                bases=self._base,
                args=request.args,
                target=request.target,
                catalogue=names,
            )
        except Problem as problem:
            raise BuildStopped(problem.diagnosis.title, problem.diagnosis) from None

    def _base(self, name: str) -> BaseImage | None:
        if name not in self._used:
            raise _Wanted(name)
        used = self._used[name]
        return None if used is None else BaseImage(used.config, name, used.digest)

    async def _look_up(self, name: str) -> Used | None:
        """An image of a FROM or --from: the lab's own first, as Docker has it."""
        if name != SCRATCH and self._images.has(name):
            image = self._images.find(name)
            tag = self._lab.names.kept(image.digest)
            if image.config.get("OnBuild"):
                tag = await self._lab.bases.without_triggers(image.digest)
            return Used(tag, image.digest, image.config, image.layers)
        base = await self._lab.bases.find(name)
        if base is None:
            return None
        return Used(base.tag, base.digest, base.config, base.layers)


def _stopped(words: Message, **values: object) -> BuildStopped:
    diagnosis = words.at(whole_build(), None, None, **values)
    return BuildStopped(diagnosis.title, diagnosis)
