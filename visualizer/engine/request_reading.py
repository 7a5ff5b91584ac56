"""A build's request, read: its files, what is told of its start, and the Dockerfile's plan."""

from collections.abc import Callable, Sequence

from visualizer.dockerfile.context import ContextFiles
from visualizer.dockerfile.diagnosis import Problem
from visualizer.dockerfile.operations import BaseImage
from visualizer.dockerfile.parser import parse
from visualizer.dockerfile.plan import plan
from visualizer.dockerfile.policy import check_policy
from visualizer.dockerfile.steps import Plan
from visualizer.engine.build_failures import INVALID_TAG, NO_DOCKERFILE, BuildStopped, stopped
from visualizer.engine.errors import Refused
from visualizer.engine.port import BuildRequest, ContextFile
from visualizer.engine.references import full_tag
from visualizer.events.types import BuildStarted


class RequestReading:
    """One build's request. Making one reads every file's content once."""

    def __init__(self, request: BuildRequest) -> None:
        self.request = request
        contents = {file.path: file.content for file in request.files}
        modes = {file.path: file.mode for file in request.files}
        self.files = ContextFiles.from_bytes(contents, modes)
        self._dockerfile = contents.get(request.dockerfile_path)
        self.escape = "\\"
        """The Dockerfile's own, once it is planned."""

    @property
    def source(self) -> str:
        """The Dockerfile's text."""
        return (self._dockerfile or b"").decode("utf-8", "replace")

    def seen_files(self) -> list[ContextFile]:
        """The files that `.dockerignore` lets through."""
        seen = set(self.files.paths)
        return [file for file in self.request.files if file.path in seen]

    def start(self) -> BuildStarted:
        """What the build begins with."""
        request = self.request
        return BuildStarted(
            build=request.build,
            tag=request.tag,
            dockerfile=self.source,
            files=self.files.entries(),
            args=dict(request.args),
            target=request.target,
            no_cache=request.no_cache,
        )

    def plan(self, bases: Callable[[str], BaseImage | None], catalogue: Sequence[str]) -> Plan:
        """What the Dockerfile asks for. `bases` gives the image of a FROM, `catalogue` the names
        that could be meant. Blocking. Raises BuildStopped, and whatever `bases` raises.
        """
        request, source = self.request, self._dockerfile
        try:
            full_tag(request.tag)
        except Refused:
            raise stopped(INVALID_TAG, tag=request.tag) from None
        if source is None:
            raise stopped(NO_DOCKERFILE, path=request.dockerfile_path)
        for diagnosis in check_policy(source, self.files):
            if diagnosis.severity == "error":
                raise BuildStopped(diagnosis.title, diagnosis)
        try:
            parsed = parse(source)
            self.escape = parsed.escape
            return plan(
                parsed,
                context=self.files,
                bases=bases,
                args=request.args,
                target=request.target,
                catalogue=catalogue,
            )
        except Problem as problem:
            raise BuildStopped(problem.diagnosis.title, problem.diagnosis) from None
