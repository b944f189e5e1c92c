"""Lists of which the latest wins."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from tests.transport.event_loop.timeless import play
from transport.rooms.throttle import LINE_BYTES, Throttle

INTERVAL = 0.03


def a_throttle() -> tuple[Throttle, list[str]]:
    calls: list[str] = []

    def queue(is_late: bool) -> int:
        calls.append("queue late" if is_late else "queue")
        return 100

    return Throttle(queue, lambda: calls.append("flush")), calls


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


class Line:
    """Notes when lists of the same size are queued, and whether late."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.is_free = True
        self.queued: list[tuple[float, bool]] = []
        self.throttle = Throttle(self._queue, lambda: None, lambda: self.is_free)

    def _queue(self, is_late: bool) -> int:
        self.queued.append((round(asyncio.get_running_loop().time(), 3), is_late))
        return self.size


def test_a_large_list_keeps_the_next_one_waiting() -> None:
    """For as long as a line takes for it, and the last one comes."""

    async def evening() -> None:
        line = Line(4 * LINE_BYTES)
        for _ in range(200):
            line.throttle.due(INTERVAL)
            await asyncio.sleep(INTERVAL)
        await asyncio.sleep(60)
        assert [late for _, late in line.queued] == [False, True, True]
        times = [at for at, _ in line.queued]
        assert [later - before for before, later in pairwise(times)] == [4, 4]

    play(evening)


def test_an_empty_list_does_not_wait_for_a_large_one() -> None:
    """It takes the place of one that is due later."""

    async def evening() -> None:
        line = Line(4 * LINE_BYTES)
        line.throttle.due(INTERVAL)
        line.throttle.due(INTERVAL)
        line.throttle.due(INTERVAL, is_empty=True)
        await asyncio.sleep(60)
        assert [late for _, late in line.queued] == [False, False]
        assert line.queued[1][0] - line.queued[0][0] == INTERVAL

    play(evening)


def test_nothing_is_queued_before_the_client_has_taken_the_last_one() -> None:
    """Then the newest comes."""

    async def evening() -> None:
        line = Line(100)
        line.is_free = False
        for _ in range(100):
            line.throttle.due(INTERVAL)
            await asyncio.sleep(INTERVAL)
        assert line.queued == []
        line.is_free = True
        await asyncio.sleep(60)
        assert [late for _, late in line.queued] == [True]

    play(evening)
