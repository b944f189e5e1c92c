"""A server that ends sends its people away one by one, within its time, however many they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from typing_extensions import override

from tests.transport.event_loop.timeless import TimelessLoop
from transport.cluster.drain import NOTICE, REST_SECONDS, drain

SECONDS = 6.0


class LateLoop(TimelessLoop):
    """Timers come a millisecond late, as those of a real loop do."""

    @override
    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> Any:
        return super().call_at(when + 0.001, callback, *args, context=context)


def test_a_crowd_is_sent_away_one_by_one() -> None:
    """The last of 10,000 in time, and nobody long before."""
    closed: list[float] = []

    async def ends() -> None:
        begin = asyncio.get_running_loop().time()

        def close(_code: int, _reason: str) -> None:
            closed.append(asyncio.get_running_loop().time() - begin)

        crowd = [SimpleNamespace(unanswered=0, flush=lambda: None, close=close) for _ in range(10_000)]
        projection = SimpleNamespace(subscribers=crowd, leave=lambda _connection: None)
        rooms = SimpleNamespace(open_rooms=lambda: [SimpleNamespace(projection=projection)])
        await drain(cast("Any", rooms), SECONDS)

    with asyncio.Runner(loop_factory=LateLoop) as runner:
        runner.run(ends())
    assert len(closed) == 10_000
    assert closed[0] >= SECONDS * NOTICE
    assert closed[5_000] >= SECONDS * (NOTICE + 1) / 2 - 0.1
    assert closed[-1] <= SECONDS + REST_SECONDS
