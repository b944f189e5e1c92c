"""A rate with a burst."""

from __future__ import annotations

import pytest

from transport.http.token_bucket import TokenBucket


def test_a_burst_is_free_and_then_the_rate_holds() -> None:
    """The burst costs no wait; what follows waits until it is covered."""
    bucket = TokenBucket(rate=10, burst=3, now=0.0)
    assert [bucket.take(0.0) for _ in range(5)] == pytest.approx([0, 0, 0, 0.1, 0.2])


def test_time_fills_the_bucket_up_to_the_burst() -> None:
    """A long silence saves up no more than one burst."""
    bucket = TokenBucket(rate=10, burst=2, now=0.0)
    assert [bucket.take(100.0) for _ in range(3)] == pytest.approx([0, 0, 0.1])


@pytest.mark.parametrize(("rate", "burst"), [(0, 5), (10, 0), (0, 0)])
def test_zero_means_no_limit(rate: float, burst: float) -> None:
    """Either setting at 0 turns the limit off."""
    bucket = TokenBucket(rate=rate, burst=burst, now=0.0)
    assert {bucket.take(0.0) for _ in range(1000)} == {0.0}


def test_large_takes_are_covered_later() -> None:
    """What is taken at once may be more than there is; the wait grows with it."""
    bucket = TokenBucket(rate=10, burst=3, now=0.0)
    assert [bucket.take(0.0, 8), bucket.take(1.0, 0.5)] == pytest.approx([0.5, 0])


def test_what_is_not_covered_is_not_taken() -> None:
    """The wait is until it would be; more than a burst is covered by a burst, and paid for later."""
    bucket = TokenBucket(rate=10, burst=3, now=0.0)
    assert [bucket.take_if_covered(0.0, 2), bucket.take_if_covered(0.0, 2)] == pytest.approx([0, 0.1])
    assert bucket.take_if_covered(0.1, 2) == 0
    assert bucket.take_if_covered(0.4, 6) == 0
    assert bucket.take_if_covered(0.4, 1) == pytest.approx(0.4)


@pytest.mark.parametrize(("rate", "burst"), [(0, 5), (10, 0)])
def test_without_a_limit_everything_is_covered(rate: float, burst: float) -> None:
    assert TokenBucket(rate, burst, now=0.0).take_if_covered(0.0, 1_000) == 0
