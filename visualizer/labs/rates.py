"""How often something may happen: a token bucket, and many of them by name."""

import time
from collections import OrderedDict
from collections.abc import Callable

Clock = Callable[[], float]


class Bucket:
    """Holds `burst` tokens at most and gains `per_second` of them; each use takes one."""

    def __init__(self, per_second: float, burst: float, clock: Clock = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._tokens = burst
        self._at = clock()

    def take(self) -> bool:
        """Use a token; False when there is none."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Buckets:
    """A bucket for each name, for example a client's address; the least used are forgotten."""

    def __init__(self, per_minute: float, clock: Clock = time.monotonic, most: int = 10_000):
        self._per_minute = per_minute
        self._clock = clock
        self._most = most
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, name: str) -> bool:
        """Use a token of this name's bucket; False when there is none."""
        bucket = self._buckets.pop(name, None)
        if bucket is None:
            bucket = Bucket(self._per_minute / 60, max(1.0, self._per_minute), self._clock)
        self._buckets[name] = bucket
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return bucket.take()
