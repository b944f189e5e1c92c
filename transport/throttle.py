"""Whole lists of which the latest wins: sent at once, but no more often than a client can use."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Throttle:
    """Queues a list at once, then at most once in an interval, and always a last time after the last `due`."""

    __slots__ = ("_flush", "_last", "_queue", "_timer")

    def __init__(self, queue: Callable[[], None], flush: Callable[[], object]) -> None:
        """`queue` adds the list as it is then; `flush` follows when nobody else is about to write."""
        self._queue = queue
        self._flush = flush
        self._last = float("-inf")
        self._timer: asyncio.TimerHandle | None = None

    def due(self, interval: float) -> None:
        """There is something new; `interval` in seconds."""
        if self._timer is not None:
            return
        loop = asyncio.get_running_loop()
        now = loop.time()
        wait = self._last + interval - now
        if wait > 0:
            self._timer = loop.call_later(wait, self._late)
            return
        self._last = now
        self._queue()

    def stop(self) -> None:
        """Drops what is due."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        self._timer = None
        self._last = asyncio.get_running_loop().time()
        self._queue()
        self._flush()
