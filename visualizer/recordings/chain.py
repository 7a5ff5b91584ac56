"""The steps that the image after a step stands on."""

from collections.abc import Sequence

from visualizer.events.types import PlannedStep


def chain(steps: Sequence[PlannedStep], last: int) -> list[PlannedStep]:
    """The step's stage up to it, after the whole of the stage that it begins with, if it does."""
    numbers = {step.step: step for step in steps}
    if last not in numbers:
        return []
    own = [each for each in steps if each.stage == numbers[last].stage and each.step <= last]
    needs = own[0].needs if own[0].instruction == "FROM" else []
    before = [need for need in needs if need in numbers and need < own[0].step]
    return [*chain(steps, before[0]), *own] if before else own
