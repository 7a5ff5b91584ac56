"""Pushes and pulls as every engine carries them out: one at a time a lab, told from their start to
their end, with a deadline, and called off when the lab is."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeAlias

from visualizer.engine import registry_words
from visualizer.engine.errors import EngineUnavailable
from visualizer.engine.limits import Limits
from visualizer.engine.port import Emit
from visualizer.engine.transfer_progress import Progress
from visualizer.events.types import (
    Diagnosis,
    Direction,
    ImagePulled,
    ImagePushed,
    LimitReached,
    TransferFailed,
    TransferStarted,
)

Done: TypeAlias = ImagePushed | ImagePulled
Work: TypeAlias = Callable[[Progress], Awaitable[Done]]
"""Does it and gives the event that says so. Raises TransferStopped, EngineUnavailable."""


class TransferStopped(Exception):
    """A transfer that cannot be carried out."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        super().__init__(diagnosis.title)
        self.diagnosis = diagnosis


class Transfers:
    """The transfers of one lab."""

    def __init__(self, emit: Emit, limits: Limits) -> None:
        self._emit = emit
        self._limits = limits
        self._task: asyncio.Task[Done] | None = None
        self._called_off: str | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    def check_idle(self) -> None:
        """Raises Conflict while one is under way."""
        if not self._idle.is_set():
            raise registry_words.transfer_running()

    async def carry_out(
        self, transfer: int, direction: Direction, reference: str, work: Work
    ) -> Done | None:
        """Do it; the event that says it is done, or None when the tape says why it is not."""
        self.check_idle()
        self._idle.clear()
        self._called_off = None
        self._emit(TransferStarted(transfer=transfer, direction=direction, reference=reference))
        try:
            self._task = asyncio.ensure_future(work(Progress(self._emit, transfer)))
            return await self._see_through(transfer, self._task)
        finally:
            self._task = None
            self._idle.set()

    async def stop(self, reason: str) -> None:
        """Call off what is under way, and wait until it has said so."""
        self._called_off = reason
        if self._task is not None:
            self._task.cancel()
        await self._idle.wait()

    async def _see_through(self, transfer: int, task: "asyncio.Task[Done]") -> Done | None:
        limit = self._limits.transfer_seconds
        try:
            async with asyncio.timeout(limit):
                done = await task
        except TransferStopped as stopped:
            self._fail(transfer, stopped.diagnosis)
        except TimeoutError:
            self._emit(
                LimitReached(what="transfer_seconds", limit=limit, subject=f"transfer:{transfer}")
            )
            self._fail(transfer, registry_words.TIMEOUT.at(None, limit=limit))
        except EngineUnavailable:
            self._fail(transfer, registry_words.ENGINE_GONE.at(None))
        except asyncio.CancelledError:
            reason = self._called_off
            self._emit(TransferFailed(transfer=transfer, message=reason or "It was called off."))
            if reason is None:
                raise
        else:
            self._emit(done)
            return done
        return None

    def _fail(self, transfer: int, diagnosis: Diagnosis) -> None:
        self._emit(TransferFailed(transfer=transfer, message=diagnosis.title, diagnosis=diagnosis))


def check_room(
    held: Mapping[str, Iterable[str]],
    reference: str,
    layers: Iterable[str],
    sizes: Mapping[str, int],
    limits: Limits,
) -> None:
    """Whether an image of these layers may be pushed under this reference. Raises Refused.

    `held` are the references that the lab's registry has, each with its layers; `sizes` has the
    bytes of every layer.
    """
    others = {name: names for name, names in held.items() if name != reference}
    if len(others) >= limits.registry_tags:
        raise registry_words.too_many_tags(limits.registry_tags)
    kept = {layer for each in (*others.values(), layers) for layer in each}
    if sum(sizes.get(layer, 0) for layer in kept) > limits.registry_bytes:
        raise registry_words.registry_full(limits.registry_bytes)
