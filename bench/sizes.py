"""What a tape weighs beside the raw log of the same events, both compressed.

The raw log is what a terminal would have kept: the builds' plain progress and all output, each line
with its time, and nothing of layers, images, containers and their files.
"""

import gzip
from collections.abc import Iterator, Sequence

from bench.figures import Table, kb
from bench.tape import long_tape
from visualizer.environment import PROJECT
from visualizer.events import codec
from visualizer.events import types as events
from visualizer.events.types import AnyEvent
from visualizer.recordings import format as file

OURS = PROJECT / "content" / "recordings"


def measure(quick: bool) -> list[Table]:
    """Our own recordings and, unless it is to be quick, a long tape."""
    tapes = {
        path.stem: file.read(path.read_bytes()).events for path in sorted(OURS.glob("*.jsonl"))
    }
    if not quick:
        tapes["a long afternoon"] = [codec.decode(line) for line in long_tape()]
    rows = tuple(_row(name, tape) for name, tape in tapes.items())
    return [
        Table(
            "A tape beside its raw log, compressed by gzip -9",
            ("tape", "events", "tape", "raw log", "times"),
            rows,
            "The tape also holds layers, images, containers and their files, which a log has not.",
        )
    ]


def _row(name: str, tape: Sequence[AnyEvent]) -> tuple[str, ...]:
    packed = _packed(b"".join(codec.encode_lines(tape)))
    log = _packed("".join(_logged(tape)).encode())
    return name, f"{len(tape)}", kb(packed), kb(log), f"{packed / log:.1f}"


def _packed(content: bytes) -> int:
    return len(gzip.compress(content, 9, mtime=0))


def _logged(tape: Sequence[AnyEvent]) -> Iterator[str]:
    steps: dict[tuple[int, int], str] = {}
    for fact in tape:
        at = f"{fact.at_ms / 1000:.3f} "
        match fact:
            case events.BuildPlanned():
                steps |= {(fact.build, step.step): step.text for step in fact.steps}
            case events.StepStarted() | events.StepCached():
                word = "CACHED" if isinstance(fact, events.StepCached) else ""
                yield f"{at}#{fact.step} {steps.get((fact.build, fact.step), '')} {word}\n"
            case events.StepFinished():
                yield f"{at}#{fact.step} DONE {fact.duration_ms / 1000:.1f}s\n"
            case events.StepOutput() | events.ContainerOutput() | events.ExecOutput():
                yield f"{at}{fact.text}"
