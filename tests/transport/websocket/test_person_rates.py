"""The rate of a person holds over all connections, at once and one after the other."""

from __future__ import annotations

import asyncio

import pytest

from tests.domain.scenario import ADA, BO
from tests.transport.event_loop.timeless import play
from transport.websocket.person_rates import PersonRate, PersonRates


def here() -> bool:
    """Nobody is gone."""
    return False


async def waited(rate: PersonRate, weight: float) -> float:
    """Seconds until it was covered."""
    clock = asyncio.get_running_loop().time
    begin = clock()
    assert await rate.take(weight, here)
    return clock() - begin


def test_connections_share_a_rate() -> None:
    async def evening() -> None:
        rates = PersonRates(rate=10, burst=5)
        with rates.of(ADA) as one, rates.of(ADA) as other, rates.of(BO) as another:
            assert await waited(one, 5) == 0
            assert await waited(another, 5) == 0
            assert await waited(other, 5) == pytest.approx(0.5)

    play(evening)


def test_who_comes_again_has_no_new_burst() -> None:
    async def evening() -> None:
        rates = PersonRates(rate=10, burst=5)
        for wait in (0, 0.5, 0.5):
            with rates.of(ADA) as rate:
                assert await waited(rate, 5) == pytest.approx(wait)

    play(evening)


def test_a_large_command_is_not_overtaken_for_ever() -> None:
    """While another connection of the same person sends as much as it may."""

    async def evening() -> None:
        rates = PersonRates(rate=10, burst=5)
        with rates.of(ADA) as rate:

            async def go_on() -> None:
                while True:
                    await rate.take(1, here)

            small = [asyncio.create_task(go_on()) for _ in range(4)]
            await asyncio.sleep(3)
            assert await waited(rate, 5) < 1.5
            for task in small:
                task.cancel()
            await asyncio.gather(*small, return_exceptions=True)

    play(evening)


def test_who_is_gone_leaves_the_line() -> None:
    """Also while those before it go on waiting."""

    async def evening() -> None:
        rates = PersonRates(rate=0.01, burst=5)
        with rates.of(ADA) as rate:
            assert await rate.take(5, here)
            first = asyncio.create_task(rate.take(5, here))
            await asyncio.sleep(0)
            async with asyncio.timeout(1):
                assert not await rate.take(1, lambda: True)
            assert await first

    play(evening)


def test_who_is_gone_waits_no_longer() -> None:
    """Nor keeps those who asked later waiting, however many are gone."""

    async def evening() -> None:
        rates = PersonRates(rate=0.01, burst=5)
        with rates.of(ADA) as rate:
            assert await rate.take(5, here)
            gone = asyncio.Event()
            waiting = [asyncio.create_task(rate.take(5, gone.is_set)) for _ in range(100)]
            await asyncio.sleep(1)
            gone.set()
            async with asyncio.timeout(1):
                assert await asyncio.gather(*waiting) == [False] * 100

    play(evening)


@pytest.mark.parametrize("rate", [0, 1_000])
async def test_nothing_is_kept_of_who_is_gone(rate: float) -> None:
    """Once their bucket is full, which it always is where there is no limit."""
    rates = PersonRates(rate, burst=5)
    for _ in range(2):
        with rates.of(ADA) as bucket:
            await bucket.take(20, here)
    async with asyncio.timeout(10):
        while len(rates):  # noqa: ASYNC110 - a timer of the loop forgets it
            await asyncio.sleep(0.001)


def test_one_timer_forgets_a_person() -> None:
    """However often they came and left meanwhile."""

    async def evening() -> None:
        rates = PersonRates(rate=1, burst=5)
        for _ in range(50):
            with rates.of(ADA) as rate:
                await rate.take(1, here)
        timers = [timer for timer in asyncio.get_running_loop()._scheduled if not timer.cancelled()]  # type: ignore[attr-defined]
        assert len(timers) == 1
        await asyncio.sleep(10)
        assert len(rates) == 0

    play(evening)
