"""The layers of a build, told with the steps that made them: those of base images when a stage
begins, the new ones once the engine has written them down."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from visualizer.dockerfile.operations import From
from visualizer.dockerfile.steps import Plan, Stage
from visualizer.engine.docker.build_reading import Used
from visualizer.engine.docker.images import Image
from visualizer.engine.docker.lab_context import LabContext
from visualizer.events.types import LayerCreated


class BuildLayers:
    """Emits the layers of one build."""

    def __init__(
        self, build: int, planned: Plan, lab: LabContext, used: Mapping[str, Used]
    ) -> None:
        """`used` are the images that the plan names."""
        self._build = build
        self._plan = planned
        self._lab = lab
        self._used = used
        self._of_bases: dict[int, list[LayerCreated]] = {}

    async def prepare(self) -> None:
        """Look up what the base images of the needed stages hold."""
        for stage in self._plan.stages:
            begin = self._plan.step(stage.steps[0]).operation
            used = self._used.get(begin.image or "") if isinstance(begin, From) else None
            if stage.needed and used is not None:
                if await self._lab.layers.missing(used.layers):
                    inspected = await self._lab.api.get(f"/images/{used.tag}/json")
                    await self._lab.layers.read(inspected)
                self._of_bases[stage.number] = [
                    await self._layer(stage.steps[0], used.layers[: place + 1], cached=True)
                    for place in range(len(used.layers))
                ]

    def tell_base(self, stage: Stage) -> None:
        """Tell the layers that a stage begins with."""
        for event in self._of_bases.get(stage.number, ()):
            self._lab.emit(event)

    async def tell(
        self, inspected: Mapping[str, Any], image: Image, was_cached: Callable[[int], bool]
    ) -> int:
        """Tell the layers that the steps have made; the image's size in bytes.

        Raises TooManyFiles.
        """
        own = [layer for layer in image.layers if layer not in self._lab.bases.layers]
        left = self._lab.limits.image_files - await self._lab.layers.entries(own)
        await self._lab.layers.read(inspected, left)
        makers = self._makers(self._plan.target_stage)
        first = len(image.layers) - len(makers)
        for place, step in enumerate(makers, start=first):
            layers = image.layers[: place + 1]
            self._lab.emit(await self._layer(step, layers, cached=was_cached(step)))
        return sum(await self._lab.layers.sizes(image.layers))

    async def _layer(self, step: int, layers: Sequence[str], *, cached: bool) -> LayerCreated:
        """The highest of the layers, as a step's."""
        size, counts = await self._lab.layers.counts(layers[-1], layers[:-1])
        return LayerCreated(
            build=self._build,
            step=step,
            layer=layers[-1],
            size=size,
            added=counts.added,
            modified=counts.modified,
            deleted=counts.deleted,
            cached=cached,
        )

    def _makers(self, stage: int) -> list[int]:
        """The steps that a stage's layers are of, those of the stages it begins with first."""
        steps = [self._plan.step(number) for number in self._plan.stages[stage].steps]
        begin = steps[0].operation
        before: list[int] = []
        if isinstance(begin, From) and begin.stage is not None:
            before = self._makers(begin.stage)
        return before + [step.step for step in steps if step.makes == "layer"]
