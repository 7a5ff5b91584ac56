"""Token buckets."""

from visualizer.labs.rates import Bucket, Buckets


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_its_burst_and_then_no_more() -> None:
    bucket = Bucket(1, 3, Clock())
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_a_bucket_fills_with_time_up_to_its_burst() -> None:
    clock = Clock()
    bucket = Bucket(2, 3, clock)
    while bucket.take():
        pass
    clock.now = 0.5
    assert [bucket.take(), bucket.take()] == [True, False]
    clock.now = 1000
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_each_name_has_its_own_bucket() -> None:
    buckets = Buckets(1, Clock())
    assert [buckets.take("a"), buckets.take("a"), buckets.take("b")] == [True, False, True]


def test_names_that_are_not_used_are_forgotten() -> None:
    buckets = Buckets(1, Clock(), most=2)
    for name in ("a", "b", "c"):
        buckets.take(name)
    assert buckets.take("a")
