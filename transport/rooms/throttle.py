"""Sends a list whenever it has changed, but no more often than the client and its line can take it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LINE_BYTES = 1_000_000
"""A second, of lists alone: one of 50 kB, a thousand staged hexes, may come twenty times in a second."""


class Throttle:
    """Queues a list at once, then at most once in an interval, and always a last time after the last `due`."""

    __slots__ = ("_flush", "_is_free", "_last", "_queue", "_size", "_timer")

    def __init__(
        self, queue: Callable[[bool], int], flush: Callable[[], object], is_free: Callable[[], bool] = lambda: True
    ) -> None:
        """`queue` adds the list as it is then and says how many bytes it has; `flush` follows if nobody else writes.

        It is told whether the list waited for more than the interval: for a large one before it, or until `is_free`,
        which is when the client has taken what it was sent.
        """
        self._queue = queue
        self._flush = flush
        self._is_free = is_free
        self._last = float("-inf")
        self._size = 0
        self._timer: asyncio.TimerHandle | None = None

    def due(self, interval: float, *, is_empty: bool = False) -> None:
        """There is something new; `interval` in seconds. After a large list it takes longer, but for an empty one."""
        loop = asyncio.get_running_loop()
        now, pause = loop.time(), interval if is_empty else max(interval, self._size / LINE_BYTES)
        at = self._last + pause
        if self._timer is not None:
            if self._timer.when() <= at:
                return
            self.stop()
        if at > now:
            self._timer = loop.call_at(at, self._late, interval, pause > interval)
        elif self._is_free():
            self._send(is_late=False)
        else:
            self._timer = loop.call_later(interval, self._late, interval, True)

    def stop(self) -> None:
        """Drops what is due."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _send(self, *, is_late: bool) -> None:
        self._last = asyncio.get_running_loop().time()
        self._size = self._queue(is_late)

    def _late(self, interval: float, is_late: bool) -> None:
        self._timer = None
        if self._is_free():
            self._send(is_late=is_late)
            self._flush()
        else:
            self._timer = asyncio.get_running_loop().call_later(interval, self._late, interval, True)
