"""The steps that the image after a step stands on."""

from collections.abc import Sequence

from visualizer.events.types import PlannedStep


def chain(steps: Sequence[PlannedStep], last: int) -> list[PlannedStep]:
    """The step's stage up to it, after the whole of the stage that it begins with, if it does."""
    numbers = {step.step: step for step in steps}
    stages: dict[int, list[PlannedStep]] = {}
    for step in steps:
        stages.setdefault(step.stage, []).append(step)
    parts: list[list[PlannedStep]] = []
    at: int | None = last
    # A stage begins with an earlier one, so this ends, and a plan may have more stages than Python
    # would call a function in itself.
    while at is not None and at in numbers:
        own = [each for each in stages[numbers[at].stage] if each.step <= at]
        parts.append(own)
        needs = own[0].needs if own[0].instruction == "FROM" else []
        at = next((need for need in needs if need in numbers and need < own[0].step), None)
    return [step for part in reversed(parts) for step in part]
