"""A build's request, read: its files, what is told of its start, and the Dockerfile's plan."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from visualizer.dockerfile.context import ContextFiles
from visualizer.dockerfile.diagnosis import Problem
from visualizer.dockerfile.operations import BaseImage
from visualizer.dockerfile.parser import Dockerfile, parse
from visualizer.dockerfile.plan import plan
from visualizer.dockerfile.policy import check_policy
from visualizer.dockerfile.steps import Plan
from visualizer.engine.build_failures import (
    INVALID_TAG,
    NO_DOCKERFILE,
    NO_SUCH_STEP,
    BuildStopped,
    stopped,
)
from visualizer.engine.errors import Refused
from visualizer.engine.port import BuildRequest, ContextFile
from visualizer.engine.references import full_tag
from visualizer.events.types import BuildStarted


class RequestReading:
    """One build's request. Making one reads every file's content once."""

    def __init__(self, request: BuildRequest, until: int | None = None) -> None:
        """`until` is the step at whose end the build stops; None for all of it."""
        self.request = request
        self._until = until
        self._last_line: int | None = None
        contents = {file.path: file.content for file in request.files}
        modes = {file.path: file.mode for file in request.files}
        self.files = ContextFiles.from_bytes(contents, modes)
        self._dockerfile = contents.get(request.dockerfile_path)
        self.escape = "\\"
        """The Dockerfile's own, once it is planned."""

    @property
    def source(self) -> str:
        """The Dockerfile's text; once it is planned, as far as the build goes."""
        text = (self._dockerfile or b"").decode("utf-8", "replace")
        if self._last_line is None:
            return text
        return "\n".join(text.replace("\r\n", "\n").split("\n")[: self._last_line])

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
            make = partial(
                plan, context=self.files, bases=bases, args=request.args, catalogue=catalogue
            )
            whole = make(parsed, target=request.target)
            return whole if self._until is None else self._cut(parsed, whole, make, self._until)
        except Problem as problem:
            raise BuildStopped(problem.diagnosis.title, problem.diagnosis) from None

    def _cut(
        self, parsed: Dockerfile, whole: Plan, make: Callable[[Dockerfile], Plan], until: int
    ) -> Plan:
        """The plan of the Dockerfile as it is up to a step, which its last stage ends with."""
        if not 1 <= until <= len(whole.steps):
            raise stopped(NO_SUCH_STEP, step=until)
        self._last_line = last_line = whole.step(until).line_end
        kept = tuple(each for each in parsed.instructions if each.line_start <= last_line)
        # A FROM ends with the last trigger of its base image, so there may be steps too many.
        return make(replace(parsed, instructions=kept)).until(until)
