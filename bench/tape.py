"""A long tape as a busy afternoon leaves it: builds, containers, what they print and change."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from visualizer.events import codec
from visualizer.events import types as events

LONG = 10_000
SHOWN = 6
"""Images and containers that stay at a time: the older ones are removed, as learners do."""

INSTRUCTIONS = (
    ("FROM", "FROM python:3.12-slim", "base"),
    ("WORKDIR", "WORKDIR /app", "layer"),
    ("COPY", "COPY requirements.txt .", "layer"),
    ("RUN", "RUN pip install -r requirements.txt", "layer"),
    ("COPY", "COPY app.py .", "layer"),
    ("ENV", "ENV GREETING=hello", "config"),
    ("CMD", 'CMD ["python", "app.py"]', "config"),
)


def long_tape(length: int = LONG) -> list[str]:
    """Events as the site sends them, in JSON, numbered from 1: always the same ones."""
    tape = _Tape()
    tape.add(
        events.LabOpened,
        40,
        engine=events.EngineInfo(
            kind="embedded", name="Embedded engine", version="1", simulated=True
        ),
        limits={"containers": 12},
    )
    while len(tape.told) < length:
        tape.round()
    return [codec.encode(event).decode() for event in tape.told[:length]]


def _hex(*words: object) -> str:
    return hashlib.sha256(" ".join(map(str, words)).encode()).hexdigest()


@dataclass
class _Tape:
    told: list[Any] = field(default_factory=list)
    at_ms: int = 0
    builds: int = 0
    images: list[str] = field(default_factory=list)
    containers: list[str] = field(default_factory=list)

    def add(self, kind: type[Any], after_ms: int, **fields: Any) -> None:
        self.at_ms += after_ms
        self.told.append(kind(seq=len(self.told) + 1, at_ms=self.at_ms, **fields))

    def round(self) -> None:
        """A build, and if it made an image, two containers that work in it."""
        self.at_ms += 20_000
        self.builds += 1
        fails = self.builds % 7 == 0
        self._begin()
        for step in range(1, len(INSTRUCTIONS) + 1):
            if fails and step == 4:
                self._fail(step)
                return
            self._step(step)
        self._built()
        for number in range(2):
            self._work(_hex("container", self.builds, number), f"worker_{self.builds}_{number}")

    def _begin(self) -> None:
        texts = [text for _, text, _ in INSTRUCTIONS]
        paths = ("Dockerfile", "requirements.txt", "app.py")
        self.add(
            events.BuildStarted,
            300,
            build=self.builds,
            tag="my-app:latest",
            dockerfile="\n".join(texts),
            files=[
                events.FileEntry(path=path, size=400, sha256=_hex(path, self.builds))
                for path in paths
            ],
        )
        self.add(
            events.BuildPlanned,
            2,
            build=self.builds,
            steps=[self._planned(at) for at in range(1, len(INSTRUCTIONS) + 1)],
        )

    def _planned(self, step: int) -> events.PlannedStep:
        instruction, text, makes = INSTRUCTIONS[step - 1]
        return events.PlannedStep(
            step=step,
            stage=0,
            stage_name=None,
            instruction=instruction,
            text=text,
            line_start=step,
            line_end=step,
            makes=makes,  # type: ignore[arg-type]  # one of the words above
            needs=[step - 1] if step > 1 else [],
            reads=["app.py"] if step == 5 else [],
        )

    def _layer(self, step: int) -> str:
        # What stands before the change comes from the cache, and is the same layer again.
        return f"sha256:{_hex('layer', step, self.builds if step >= 4 else 0)}"

    def _step(self, step: int) -> None:
        build = self.builds
        instruction, text, makes = INSTRUCTIONS[step - 1]
        cached = step < 4 and build > 1
        if cached:
            self.add(events.StepCached, 3, build=build, step=step)
        else:
            self.add(events.StepStarted, 4, build=build, step=step)
            for line in range(8 if instruction == "RUN" else 0):
                words = f"Collecting package-{line} from the index, version 1.{line}.{build}\n"
                self.add(events.StepOutput, 60, build=build, step=step, stream="stdout", text=words)
        if makes == "config":
            self.add(events.ConfigChanged, 2, build=build, step=step, field="Env", value=[text])
        else:
            self.add(
                events.LayerCreated,
                5,
                build=build,
                step=step,
                layer=self._layer(step),
                size=1000 * step * step,
                added=10 * step,
                modified=step,
                deleted=0,
                cached=cached,
            )
        if not cached:
            self.add(events.StepFinished, 1, build=build, step=step, duration_ms=70)

    def _fail(self, step: int) -> None:
        build = self.builds
        self.add(events.StepStarted, 4, build=build, step=step)
        message = "process did not complete successfully: exit code: 1"
        self.add(events.StepFailed, 200, build=build, step=step, message=message, exit_code=1)
        self.add(events.BuildFailed, 2, build=build, message=message)

    def _built(self) -> None:
        layers = [self._layer(step) for step, (_, _, makes) in enumerate(INSTRUCTIONS, 1)]
        kept = layers[:5]
        image = f"sha256:{_hex('image', self.builds)}"
        self.add(
            events.ImageBuilt,
            5,
            build=self.builds,
            image=image,
            tags=["my-app:latest"],
            layers=kept,
            size=55_000,
            config={"Env": ["GREETING=hello"], "Cmd": ["python", "app.py"]},
            duration_ms=700,
        )
        self.images.append(image)
        if len(self.images) > SHOWN:
            self.add(events.ImageRemoved, 900, image=self.images.pop(0))

    def _work(self, container: str, name: str) -> None:
        if len(self.containers) >= SHOWN:
            self.add(events.ContainerRemoved, 700, container=self.containers.pop(0))
        self.containers.append(container)
        self.add(
            events.ContainerCreated,
            1500,
            container=container,
            name=name,
            image=self.images[-1],
            command=["python", "app.py"],
            hostname=container[:12],
        )
        self.add(events.ContainerStarted, 20, container=container, pid=100, ip="172.17.0.2")
        for line in range(6):
            text = f"visit number {line} of {name}\n"
            self.add(events.ContainerOutput, 400, container=container, stream="stdout", text=text)
        self._change(container, 3)
        self._execute(container, name)
        self._change(container, 9)
        if name.endswith("0"):
            self.add(
                events.ContainerExited, 900, container=container, exit_code=0, reason="stopped"
            )

    def _change(self, container: str, files: int) -> None:
        changes: Sequence[events.FileChange] = [
            events.FileChange(path=f"/app/data/visit-{at}.txt", kind="added", size=40 * at)
            for at in range(files)
        ]
        self.add(
            events.ContainerChanged,
            300,
            container=container,
            changes=list(changes),
            writable_size=40 * files,
        )

    def _execute(self, container: str, name: str) -> None:
        run = _hex("exec", name)[:32]
        self.add(
            events.ExecStarted,
            1200,
            container=container,
            exec=run,
            command=["ls", "-l"],
            terminal=False,
        )
        for line in range(3):
            text = f"-rw-r--r-- 1 root root {line} visit-{line}.txt\n"
            self.add(
                events.ExecOutput, 20, container=container, exec=run, stream="stdout", text=text
            )
        self.add(events.ExecExited, 5, container=container, exec=run, exit_code=0)
