"""Tapes for the tests of recordings: small ones that are told in events, and the golden ones."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from visualizer.environment import PROJECT
from visualizer.events import types as event
from visualizer.events.types import AnyEvent, EngineInfo, FileEntry, PlannedStep

GOLDEN: list[Path] = sorted((PROJECT / "tests" / "tapes").glob("*.jsonl"))
CONTAINER = "c" * 64
EXEC = "e" * 32
IMAGE = f"sha256:{'a' * 64}"
LAYER = f"sha256:{'b' * 64}"


def numbered(*facts: AnyEvent, pace_ms: int = 1000) -> list[AnyEvent]:
    """A tape with an event a second."""
    return [
        msgspec.structs.replace(fact, seq=seq, at_ms=seq * pace_ms)
        for seq, fact in enumerate(facts, start=1)
    ]


def opened() -> AnyEvent:
    """The beginning of every tape."""
    info = EngineInfo(kind="embedded", name="Fake engine", version="1", simulated=True)
    return event.LabOpened(engine=info, limits={"images": 20})


def entry(path: str, content: bytes) -> FileEntry:
    """The file as a build names it."""
    return FileEntry(path=path, size=len(content), sha256=hashlib.sha256(content).hexdigest())


def build(number: int, files: dict[str, bytes], args: dict[str, str] | None = None) -> AnyEvent:
    """A build begins with these files, one of which is the Dockerfile."""
    return event.BuildStarted(
        build=number,
        tag="my-app:latest",
        dockerfile=files["Dockerfile"].decode(),
        files=[entry(path, content) for path, content in sorted(files.items())],
        args=args or {},
    )


def planned(number: int, text: str) -> AnyEvent:
    """A plan of one step."""
    step = PlannedStep(
        step=1,
        stage=0,
        stage_name=None,
        instruction=text.split()[0],
        text=text,
        line_start=1,
        line_end=1,
        makes="layer",
        needs=[],
        reads=[],
    )
    return event.BuildPlanned(build=number, steps=[step])


def said(*texts: str) -> Sequence[AnyEvent]:
    """What a container's main process wrote, chunk by chunk."""
    return [event.ContainerOutput(container=CONTAINER, stream="stdout", text=t) for t in texts]


def container() -> Sequence[AnyEvent]:
    """A container that runs."""
    created = event.ContainerCreated(
        container=CONTAINER, name="web", image=IMAGE, command=["sh"], hostname="c" * 12
    )
    return [created, event.ContainerStarted(container=CONTAINER)]


def executed(text: str, exec_id: str = EXEC, command: str = "env") -> Sequence[AnyEvent]:
    """A command from beginning to end."""
    return [
        event.ExecStarted(container=CONTAINER, exec=exec_id, command=[command], terminal=False),
        event.ExecOutput(container=CONTAINER, exec=exec_id, stream="stdout", text=text),
        event.ExecExited(container=CONTAINER, exec=exec_id, exit_code=0),
    ]
