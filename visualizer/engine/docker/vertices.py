"""Which step of the plan a vertex of BuildKit's graph is."""

import re

from visualizer.dockerfile.operations import From
from visualizer.dockerfile.plan import OF_BASE
from visualizer.dockerfile.steps import Plan, Step

_NAME = re.compile(
    r"\[(?:[a-z]+/[a-z0-9]+(?:/v\d+)? )?(?:(?P<stage>\S+) )?(?P<position>\d+)/(?P<total>\d+)\] "
)


class Vertices:
    """Looks steps up by the names of vertices, such as `[builder 2/4] RUN make`.

    BuildKit: dockerfile2llb/convert.go, prefixCommand: the stage's name (`stage-1` when it has
    none; nothing when there is but one stage), and the place among its instructions that change
    files, FROM an image being the first of them (here `scratch` is one too: see `base_images`).
    """

    def __init__(self, planned: Plan) -> None:
        self._by_place: dict[tuple[str, int], Step] = {}
        self._only: dict[int, Step] = {}
        self._triggers: dict[str, Step] = {}
        for stage in planned.stages:
            steps = [planned.step(number) for number in stage.steps]
            begin = steps[0].operation
            named = {f"stage-{stage.number}", (stage.name or "").lower()} - {""}
            first = 2 if isinstance(begin, From) and begin.stage is None else 1
            makers = [step for step in steps if step.makes == "layer"]
            if all(step.trigger for step in makers):
                # BuildKit counts what is written, and gives no places where nothing is.
                self._triggers |= {step.text.removesuffix(OF_BASE): step for step in makers}
            for position, step in enumerate(makers, start=first):
                for name in named:
                    self._by_place[name, position] = step
                if stage.number == planned.target_stage:
                    self._only[position] = step

    def step(self, name: str) -> Step | None:
        """The step, None for what is no step: loading the context, a FROM, the export."""
        found = _NAME.match(name)
        if found is None:
            return self._triggers.get(name)
        position = int(found["position"])
        if found["stage"] is None:
            return self._only.get(position)
        return self._by_place.get((found["stage"].lower(), position))
