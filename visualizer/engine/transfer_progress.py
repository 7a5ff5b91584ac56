"""How far the blobs of one transfer are, told often enough to be watched and seldom enough to be
kept: every change of state, and of what moves about ten reports a second."""

import time
from collections.abc import Callable

from visualizer.engine.port import Emit
from visualizer.events.types import BlobState, TransferProgressed

PAUSE_SECONDS = 0.1
ENDED = ("exists", "done")


class Progress:
    """The blobs of one transfer. Used on one event loop."""

    def __init__(
        self, emit: Emit, transfer: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._emit = emit
        self.transfer = transfer
        self._clock = clock
        self._told: dict[str, TransferProgressed] = {}
        self._layers: dict[str, str] = {}
        self._told_at = float("-inf")

    def name(self, blob: str, layer: str) -> None:
        """Say which layer a blob is, before it is told of."""
        self._layers[blob] = layer

    def tell(self, blob: str, state: BlobState, current: int = 0, total: int | None = None) -> None:
        """A blob is that far. A report that says nothing new, or too little, is not passed on."""
        before = self._told.get(blob)
        if before is not None and before.state in ENDED:
            return
        if total is None and before is not None:
            total = before.total
        if state == "done" and total is not None:
            current = total
        report = TransferProgressed(
            transfer=self.transfer,
            blob=blob,
            layer=self._layers.get(blob),
            state=state,
            # A push counts the padding of the tar too, which is not in its total.
            current=current if total is None else min(current, total),
            total=total,
        )
        if report == before:
            return
        now = self._clock()
        is_change = before is None or before.state != state
        if not is_change and now - self._told_at < PAUSE_SECONDS:
            return
        self._told_at = now
        self._told[blob] = report
        self._emit(report)
