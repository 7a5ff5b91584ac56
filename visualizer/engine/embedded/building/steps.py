"""One step carried out on a stage: from the cache if it can be, or done and kept."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from visualizer.dockerfile.config import apply_config, base_config, changed_field
from visualizer.dockerfile.operations import Arg, Copy, From, Mount, OnBuild, Run, Workdir
from visualizer.dockerfile.steps import Step, Unresolved
from visualizer.engine.build_failures import IMAGE_SIZE, NO_DIRECTORY
from visualizer.engine.embedded import cache
from visualizer.engine.embedded.building.context import BuildContext
from visualizer.engine.embedded.building.copying import Copier, Placed
from visualizer.engine.embedded.building.created_by import created_by
from visualizer.engine.embedded.building.failures import (
    BAD_PATH,
    StepFailure,
    failure,
)
from visualizer.engine.embedded.building.mounts import Mounted, bind
from visualizer.engine.embedded.building.mounts import cache as cache_mount
from visualizer.engine.embedded.building.running import Runner
from visualizer.engine.embedded.building.source import Source, from_stack
from visualizer.engine.embedded.building.stage_state import StageState
from visualizer.engine.embedded.building.step_events import StepEvents
from visualizer.engine.embedded.difference import Change, difference, with_parents
from visualizer.engine.embedded.disk import refusal
from visualizer.engine.embedded.stack import Layer, Stack
from visualizer.engine.embedded.store import LayerGone
from visualizer.engine.embedded.tree import Tree, directory, parents, resolve

IMAGE_DISKS = 1.5
"""An image may be as large as this many writable layers; both must fit into bashkit's 100 MB."""
START = StageState(Stack.empty(), base_config(None), cache.base_key(""), said=cache.base_key(""))


class StepExecutor:
    """Carries out the steps of one stage, in their order."""

    def __init__(self, context: BuildContext) -> None:
        self._context = context
        self._services = context.services

    async def execute(self, step: Step, state: StageState, events: StepEvents) -> StageState:
        """The stage after the step. Raises StepFailure."""
        operation = step.operation
        match operation:
            case From():
                return await self._from(operation, events)
            case Copy():
                return await self._copy(step, operation, state, events)
            case Workdir(path) if path != "/":
                return await self._workdir(step, operation, state, events)
            case Run():
                return await self._run(step, operation, state, events)
            case Unresolved():
                raise StepFailure(operation.problem.title, operation.problem)
        return self._config(step, state, events)

    async def _from(self, operation: From, events: StepEvents) -> StageState:
        # What is begun with is there already: nothing is pulled here.
        events.cached()
        if operation.stage is not None:
            before = await self._context.stages[operation.stage]
            config = apply_config(before.config, operation)
            return replace(before, config=config, declared=())
        if operation.scratch or operation.image is None:
            return START
        begun = await self._services.in_thread(self._context.stage_of, operation.image)
        below = Stack.empty()
        for layer in begun.stack.layers:
            events.layer(layer, below, cached=True)
            below = below.push(layer)
        config = apply_config({}, operation)
        key = cache.base_key(begun.key)
        return StageState(begun.stack, config, key, begun.history, said=key)

    async def _copy(
        self, step: Step, operation: Copy, state: StageState, events: StepEvents
    ) -> StageState:
        source = await self._source(operation)
        placed = await self._services.in_thread(self._placed, operation, state.stack, step, source)
        key = cache.copy_key(state.key, operation, placed.nodes)
        layer = await self._cached(key, events)
        if layer is None:
            events.started()
            if placed.skipped:
                names = ", ".join(placed.skipped[:5])
                events.output("stderr", f"not unpacked (devices and the like): {names}\n")
            layer = await self._services.in_thread(self._put_copied, placed, state.stack)
            self._keep(step, key, layer, state, events)
        else:
            events.layer(layer, state.stack, cached=True)
        return state.with_layer(layer, self._next(key), created_by(step, operation))

    async def _workdir(
        self, step: Step, operation: Workdir, state: StageState, events: StepEvents
    ) -> StageState:
        key = cache.workdir_key(state.key, operation, str(state.config.get("User") or ""))
        # BuildKit looks a directory up even when it is told not to; not after what ran again.
        layer = await self._cached(key, events, always=True)
        if layer is None:
            events.started()
            layer = await self._services.in_thread(
                self._put_directory, step, operation, state.stack
            )
            self._announce(operation, state, events)
            self._keep(step, key, layer, state, events)
        else:
            self._announce(operation, state, events)
            events.layer(layer, state.stack, cached=True)
        config = apply_config(state.config, operation)
        return replace(state.with_layer(layer, key, created_by(step, operation)), config=config)

    async def _run(
        self, step: Step, operation: Run, state: StageState, events: StepEvents
    ) -> StageState:
        mounts = [await self._mounted(mount) for mount in operation.mounts]
        seen = [mounted.nodes for mounted in mounts if mounted.cache_id is None]
        key = cache.run_key(state.key, operation, seen)
        layer = await self._cached(key, events)
        if layer is None:
            events.started()
            context = self._context
            runner = Runner(
                step,
                operation,
                state.stack,
                mounts,
                self._services,
                context.limits,
                events.output,
            )
            result, truncated = await runner.run()
            if truncated:
                events.truncated(context.limits.output_bytes)
            for cache_id, kept in result.caches.items():
                context.cache.keep(_mount_key(cache_id), kept.digest, kept.size)
            layer = result.layer
            self._keep(step, key, layer, state, events)
        else:
            events.layer(layer, state.stack, cached=True)
        history = created_by(step, operation, state.declared)
        return state.with_layer(layer, self._next(key), history)

    def _config(self, step: Step, state: StageState, events: StepEvents) -> StageState:
        operation = step.operation
        assert not isinstance(operation, Unresolved)
        config = apply_config(state.config, operation)
        field = changed_field(operation)
        value = operation.pairs if isinstance(operation, Arg) else config.get(field or "")
        key = cache.config_key(state.said, step.instruction, value)
        cached = not self._context.request.no_cache and self._context.cache.find(key) is not None
        if cached:
            events.cached()
        else:
            events.started()
        for name, changed in _changes(state.config, config, field):
            events.config(name, changed)
        if not cached:
            events.finished()
            self._context.cache.keep(key, None)
        if isinstance(operation, Arg):
            names = tuple(name for name, _ in operation.pairs)
            state = replace(state, declared=(*state.declared, *names))
        # BuildKit notes every instruction in the history but ONBUILD.
        history = "" if isinstance(operation, OnBuild) else created_by(step, operation)
        return state.with_config(config, history, key)

    # The cache

    def _next(self, key: str) -> str:
        """The file system's key after a RUN or COPY: a new one when nothing is to be found."""
        return cache.fresh_key(key) if self._context.request.no_cache else key

    async def _cached(self, key: str, events: StepEvents, *, always: bool = False) -> Layer | None:
        """The layer of a step that was done before; tells the tape when there is one."""
        context = self._context
        skip = context.request.no_cache and not always
        record = None if skip else context.cache.find(key)
        if record is None or record.layer is None:
            return None
        try:
            layer = await self._services.in_thread(self._services.store.layer, record.layer)
        except LayerGone:
            context.cache.forget(key)
            return None
        events.cached()
        return layer

    def _keep(
        self, step: Step, key: str, layer: Layer, state: StageState, events: StepEvents
    ) -> None:
        largest = int(IMAGE_DISKS * self._context.limits.disk_bytes)
        if state.stack.size + layer.size > largest:
            raise failure(IMAGE_SIZE, step, limit=largest)
        self._context.cache.keep(key, layer.digest, layer.size)
        events.layer(layer, state.stack, cached=False)
        events.finished()

    # Blocking parts

    def _placed(self, operation: Copy, image: Stack, step: Step, source: Source | None) -> Placed:
        context = self._context
        copier = Copier(operation, image, context.limits, step)
        return copier.place(source or context.source)

    def _put_copied(self, placed: Placed, image: Stack) -> Layer:
        after = placed.applied_to(image.tree)
        changes = difference(image.tree, after)
        # A copied file is written again even if it is the same, so the layer holds it.
        known = {change.path for change in changes}
        changes += [
            Change(path, "modified", after[path])
            for path in placed.contents
            if path not in known and after.get(path) == image.tree.get(path)
        ]
        changes = with_parents(changes, after)
        return self._services.store.put_layer(changes, lambda path: placed.contents[path]())

    def _put_directory(self, step: Step, operation: Workdir, image: Stack) -> Layer:
        reason = refusal(operation.path)
        if reason is not None:
            raise failure(BAD_PATH, step, path=operation.path, reason=reason)
        path = resolve(image.tree, operation.path)
        after = dict(image.tree)
        for each in [*parents(path), path]:
            node = after.setdefault(each, directory())
            if node.kind != "directory":
                why = f"`{each}` is a {node.kind} in the image"
                raise failure(NO_DIRECTORY, step, path=operation.path, reason=why)
        changes = with_parents(difference(image.tree, after), after)
        return self._services.store.put_layer(changes, image.read)

    # What a step takes from elsewhere

    async def _source(self, operation: Copy) -> Source | None:
        if operation.from_stage is None and operation.from_image is None:
            return None
        other = await self._other(operation.from_stage, operation.from_image)
        return await self._services.in_thread(from_stack, other.stack, operation.sources)

    async def _mounted(self, mount: Mount) -> Mounted:
        if mount.type == "tmpfs":
            return Mounted(mount.target)
        if mount.type == "cache":
            record = self._context.cache.find(_mount_key(mount.cache_id or mount.target))
            layers = [record.layer] if record is not None and record.layer else []
            kept = await self._services.in_thread(self._services.store.stack, layers)
            return cache_mount(mount.target, mount.cache_id or mount.target, kept)
        if mount.stage is not None or mount.image is not None:
            stack = (await self._other(mount.stage, mount.image)).stack
            return bind(mount.target, mount.source, stack.tree, stack.read)
        source = self._context.source
        tree: Tree = {f"/{path}": node for path, node in source.nodes.items()}
        return bind(mount.target, mount.source, tree, lambda path: source.read(path[1:]))

    async def _other(self, stage: int | None, image: str | None) -> StageState:
        if stage is not None:
            return await self._context.stages[stage]
        return await self._services.in_thread(self._context.stage_of, image or "")

    def _announce(self, operation: Workdir, state: StageState, events: StepEvents) -> None:
        if state.config.get("WorkingDir") != operation.path:
            events.config("WorkingDir", operation.path)


def _changes(
    before: Mapping[str, Any], after: Mapping[str, Any], field: str | None
) -> list[tuple[str, Any]]:
    """The keys that a step set, its own first. ENTRYPOINT takes Cmd away as well."""
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    keys = dict.fromkeys([*([field] if field else []), *changed])
    return [(key, after.get(key)) for key in keys]


def _mount_key(cache_id: str) -> str:
    return f"mount:{cache_id}"
