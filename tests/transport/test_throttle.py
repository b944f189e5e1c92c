"""Lists of which the latest wins."""

from __future__ import annotations

import asyncio

from transport.throttle import Throttle

INTERVAL = 0.03


def a_throttle() -> tuple[Throttle, list[str]]:
    calls: list[str] = []
    return Throttle(lambda: calls.append("queue"), lambda: calls.append("flush")), calls


async def test_the_first_is_queued_at_once() -> None:
    """Somebody is about to write anyway, so it is only queued."""
    throttle, calls = a_throttle()
    throttle.due(INTERVAL)
    assert calls == ["queue"]


async def test_many_become_two() -> None:
    """What follows within the interval comes once, at its end, and is written."""
    throttle, calls = a_throttle()
    for _ in range(100):
        throttle.due(INTERVAL)
    assert calls == ["queue"]
    await asyncio.sleep(INTERVAL * 2)
    assert calls == ["queue", "queue", "flush"]


async def test_after_the_interval_it_is_at_once_again() -> None:
    """Nothing is held back without need."""
    throttle, calls = a_throttle()
    throttle.due(INTERVAL)
    await asyncio.sleep(INTERVAL * 1.5)
    throttle.due(INTERVAL)
    assert calls == ["queue", "queue"]


async def test_a_stopped_one_sends_no_more() -> None:
    """Who is gone gets nothing."""
    throttle, calls = a_throttle()
    throttle.due(INTERVAL)
    throttle.due(INTERVAL)
    throttle.stop()
    await asyncio.sleep(INTERVAL * 1.5)
    assert calls == ["queue"]
