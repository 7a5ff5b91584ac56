"""The Dockerfile that the engine reads: the learner's, with every image named as the plan resolved
it. Line numbers stay as they are.

ONBUILD triggers of a base image are written out (it is used in an edition that has none), so that
they are changed like the rest.

A COPY of the whole context would copy that changed Dockerfile into the image. So the context lies
in the archive a second time, untouched, and instructions that take the Dockerfile read it there.
"""

import json
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from visualizer.dockerfile.operations import Copy, From, Mount, Run
from visualizer.dockerfile.steps import Plan, Step
from visualizer.engine.docker.context_archive import COPY_OF_ALL

SCRATCH = "scratch"
_FLAGS = re.compile(r"\s*\w+\s+((?:--\S+\s+)*)")


def images_of(planned: Plan) -> set[str]:
    """The names of all images that the needed stages use; `scratch` for an empty one."""
    return {name for step in planned.steps if not step.skipped for name in _names(step)}


class Rewriting:
    """The changes to one Dockerfile."""

    def __init__(self, names: Mapping[str, str], dockerfile_path: str, escape: str) -> None:
        """`names` are what the engine knows images by; `escape` is the file's own."""
        self._names = names
        self._path = dockerfile_path
        self._escape = escape
        self.needs_copy = False
        """Whether an instruction reads the second copy of the context."""

    def apply(self, source: str, planned: Plan) -> str:
        """The source as the engine shall read it."""
        lines = source.replace("\r\n", "\n").split("\n")
        # From the end, so that what is put in moves nothing that is still to be changed.
        for step in reversed(planned.steps):
            if step.trigger or step.skipped:
                continue
            written = "\n".join(lines[step.line_start - 1 : step.line_end])
            changed = self._changed(step, written)
            if isinstance(step.operation, From):
                triggers = [each for each in planned.steps if _is_trigger_of(each, step)]
                written_out = zip(triggers, _triggers(step.operation), strict=False)
                changed = "\n".join([changed, *(self._changed(*each) for each in written_out)])
            if changed != written:
                missing = (step.line_end - step.line_start) - changed.count("\n")
                lines[step.line_start - 1 : step.line_end] = (changed + "\n" * missing).split("\n")
        return "\n".join(lines)

    def _changed(self, step: Step, written: str) -> str:
        match step.operation:
            case From(stage=None, image=image, platform=platform):
                flag = f"--platform={platform} " if platform else ""
                alias = f" AS {step.stage_name}" if step.stage_name else ""
                return f"FROM {flag}{self._names[image or SCRATCH]}{alias}"
            case Copy(from_image=str(image)):
                return re.sub(
                    r"--from=\S+", lambda _: f"--from={self._names[image]}", written, count=1
                )
            case Copy(of_context=True) as copy if not copy.inline and self._takes(copy.sources):
                return self._from_copy(step, copy)
            case Run(mounts=mounts) if mounts:
                return self._mounted(written, mounts)
        return written

    def _takes(self, sources: Iterable[str]) -> bool:
        """Whether one of the sources holds the Dockerfile."""
        return any(self._holds(re.sub(r"^(\.?/)+", "", source)) for source in sources)

    def _holds(self, source: str) -> bool:
        plain = source.rstrip("/")
        if plain in ("", ".") or self._path == plain or self._path.startswith(f"{plain}/"):
            return True
        depth = plain.count("/") + 1
        return fnmatchcase("/".join(self._path.split("/")[:depth]), plain)

    def _from_copy(self, step: Step, copy: Copy) -> str:
        self.needs_copy = True
        flags = _FLAGS.match(step.text)
        sources = [f"{COPY_OF_ALL}/{re.sub(r'^(./)+|^/+', '', each)}" for each in copy.sources]
        words = [
            word.replace(self._escape, self._escape * 2).replace("$", f"{self._escape}$")
            for word in (*sources, copy.destination)
        ]
        return f"{step.instruction} {flags[1] if flags else ''}{json.dumps(words)}"

    def _mounted(self, written: str, mounts: Iterable[Mount]) -> str:
        for mount in mounts:
            if mount.image is not None:
                pattern = rf"(?<=[,=])from={re.escape(mount.image)}(?=[,\s])"
                written = re.sub(pattern, f"from={self._names[mount.image]}", written)
            elif mount.type == "bind" and mount.stage is None and self._takes([mount.source]):
                self.needs_copy = True
                written = re.sub(
                    rf"(--mount=\S*target={re.escape(mount.target)}\S*)",
                    lambda found: (
                        re.sub(r",(?:source|src)=[^,\s]*", "", found[1]) + f",source={COPY_OF_ALL}"
                    ),
                    written,
                    count=1,
                )
        return written


def _triggers(begin: From) -> list[str]:
    """The ONBUILD instructions of the image that a stage begins with; not of another stage's."""
    return list(begin.base.config.get("OnBuild") or []) if begin.base is not None else []


def _is_trigger_of(step: Step, begin: Step) -> bool:
    return step.trigger and step.stage == begin.stage


def _names(step: Step) -> list[str]:
    match step.operation:
        case From(scratch=True):
            return [SCRATCH]
        case From(image=str(image)):
            return [image]
        case Copy(from_image=str(image)):
            return [image]
        case Run(mounts=mounts):
            return [mount.image for mount in mounts if mount.image is not None]
    return []
