"""Map files on their way in: so many at once, since each is held in memory, and none for long while others wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from domain.store import StoreUnavailable
from transport.http.problems import BadRequest

PLACES = 8
"""Each may take 16 MiB, and more once it is read."""

PATIENCE_SECONDS = 10.0
"""That a file may take to arrive while somebody waits for its place."""

WAIT_SECONDS = 60.0
"""After which somebody who has no place yet is told to come again."""


class MapPlaces:
    """Whoever waits for a place has the one who sends for longest hurry; who is too slow then loses it."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(PLACES)
        self._arriving: dict[asyncio.Timeout, float] = {}
        """Since when each arrives, the oldest first."""

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A place, until the file is stored. Raises StoreUnavailable when all are taken for too long."""
        if self._free.locked():
            self._hurry()
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._free.acquire()
        except TimeoutError:
            raise StoreUnavailable("too many maps are on their way in") from None
        try:
            yield
        finally:
            self._free.release()

    async def arrival(self, body: Awaitable[bytes]) -> bytes:
        """The file. Raises BadRequest when it has to hurry, and does not arrive in time."""
        try:
            async with asyncio.timeout(None) as patience:
                self._arriving[patience] = asyncio.get_running_loop().time()
                try:
                    return await body
                finally:
                    del self._arriving[patience]
        except TimeoutError:
            raise BadRequest("The body came too slowly, and others wait") from None

    def _hurry(self) -> None:
        for patience, began in self._arriving.items():
            if patience.when() is None:
                patience.reschedule(max(asyncio.get_running_loop().time(), began + PATIENCE_SECONDS))
                return
