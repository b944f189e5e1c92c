"""Map files on their way in: so many at once, since each is held in memory, and none for long while others wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from domain.store import StoreUnavailable
from transport.http.problems import BadRequest

PLACES = 8
"""Each may take 16 MiB, and more once it is read."""

PATIENCE_SECONDS = 10.0
"""That the slowest file may still take to arrive, once somebody waits for its place."""

STUCK_SECONDS = 2.0
"""In which nothing comes of a file that somebody else's goes before."""

WAIT_SECONDS = 60.0
"""After which somebody who has no place yet is told to come again."""


@dataclass(eq=False, slots=True)
class _Arrival:
    patience: asyncio.Timeout
    began: float
    came: float
    bytes: int = 0

    def take(self, size: int) -> None:
        """So many bytes came."""
        self.bytes += size
        self.came = asyncio.get_running_loop().time()

    def is_stuck(self, now: float) -> bool:
        """Whether nothing came for a while."""
        return now - self.came > STUCK_SECONDS

    def rate(self, now: float) -> float:
        """Bytes a second; of one that has just begun nothing can be said."""
        return self.bytes / (now - self.began) if now - self.began > 1 else float("inf")


class MapPlaces:
    """As many as wait for a place, so many of the slowest have to hurry; who is too slow then loses it."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(PLACES)
        self._waiting = 0
        self._arriving: set[_Arrival] = set()

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A place, until the file is stored. Raises StoreUnavailable when all are taken for too long."""
        self._waiting += 1
        if self._free.locked():
            self._hurry()
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._free.acquire()
        except TimeoutError:
            raise StoreUnavailable("too many maps are on their way in") from None
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._free.release()

    async def arrival(self, read: Callable[[Callable[[int], None]], Awaitable[bytes]]) -> bytes:
        """The file that is `read`, which tells how many bytes came.

        Raises BadRequest when it has to hurry, and does not arrive in time.
        """
        try:
            async with asyncio.timeout(None) as patience:
                now = asyncio.get_running_loop().time()
                arrival = _Arrival(patience, now, now)
                self._arriving.add(arrival)
                try:
                    self._hurry()
                    return await read(arrival.take)
                finally:
                    self._arriving.discard(arrival)
        except TimeoutError:
            raise BadRequest("The body came too slowly, and others wait") from None

    def _hurry(self) -> None:
        now = asyncio.get_running_loop().time()
        at_leisure = [one for one in self._arriving if one.patience.when() is None]
        hurried = len(self._arriving) - len(at_leisure)
        at_leisure.sort(key=lambda one: (not one.is_stuck(now), one.rate(now), one.began))
        for one in at_leisure[: max(0, self._waiting - hurried)]:
            one.patience.reschedule(now + PATIENCE_SECONDS)
