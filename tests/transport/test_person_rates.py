"""The rate of a person holds over all connections, at once and one after the other."""

from __future__ import annotations

import asyncio

import pytest

from tests.domain.scenario import ADA, BO
from transport import person_rates
from transport.person_rates import PersonRates


class Clock:
    """Shows what it is set to."""

    now = 100.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr(person_rates, "_now", lambda: Clock.now)
    return Clock()


async def test_connections_share_a_rate(clock: Clock) -> None:
    rates = PersonRates(rate=10, burst=5)
    with rates.of(ADA) as one, rates.of(ADA) as other, rates.of(BO) as another:
        assert one.take(clock.now, 5) == 0
        assert other.take(clock.now, 5) == 0.5
        assert another.take(clock.now, 5) == 0


async def test_who_comes_again_has_no_new_burst(clock: Clock) -> None:
    rates = PersonRates(rate=10, burst=5)
    for wait in (0, 0.5, 1):
        with rates.of(ADA) as bucket:
            assert bucket.take(clock.now, 5) == wait


@pytest.mark.parametrize("rate", [0, 1_000])
async def test_nothing_is_kept_of_who_is_gone(rate: float) -> None:
    """Once their bucket is full, which it always is where there is no limit."""
    rates = PersonRates(rate, burst=5)
    for _ in range(2):
        with rates.of(ADA) as bucket:
            bucket.take(asyncio.get_running_loop().time(), 20)
    async with asyncio.timeout(10):
        while len(rates):  # noqa: ASYNC110 - a timer of the loop forgets it
            await asyncio.sleep(0.001)
