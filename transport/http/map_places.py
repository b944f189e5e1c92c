"""Uploads of map files: only a few at once, since each is held in memory; a slow one gives way when others wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from domain.postgres.fair_turns import FairTurns
from domain.store import StoreUnavailable
from transport.http.problems import BadRequest

PLACES = 8
"""Each may take 16 MiB, and more once it is read."""

PATIENCE_SECONDS = 10.0
"""That the slowest file may still take to arrive, once somebody waits for its place."""

STUCK_SECONDS = 2.0
"""In which nothing comes of a file that somebody else's goes before."""

UNHURRIED_RATE = 64 * 1024
"""Bytes a second; whoever is as fast is not hurried, however many wait."""

LOOK_SECONDS = 0.5
"""Between two looks at those who are slow, while somebody waits."""

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
        self._turns = FairTurns(PLACES, WAIT_SECONDS)
        self._looking: asyncio.TimerHandle | None = None
        self._arriving: set[_Arrival] = set()

    @asynccontextmanager
    async def one(self, *path: Hashable) -> AsyncIterator[None]:
        """A place, until the file is stored; those who wait are known by a path, and each part of it goes round.

        Raises StoreUnavailable when all are taken for too long.
        """
        async with AsyncExitStack() as place:
            self._look_soon()
            try:
                await place.enter_async_context(self._turns.of(*path))
            except TimeoutError:
                raise StoreUnavailable("too many maps are on their way in") from None
            yield

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
                    return await read(arrival.take)
                finally:
                    self._arriving.discard(arrival)
        except TimeoutError:
            raise BadRequest("The body came too slowly, and others wait") from None

    def _look_soon(self) -> None:
        if self._looking is None:
            self._looking = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        self._looking = None
        if self._turns.waiting:
            self._hurry()
            self._look_soon()

    def _hurry(self) -> None:
        now = asyncio.get_running_loop().time()
        at_leisure = [one for one in self._arriving if one.patience.when() is None]
        hurried = len(self._arriving) - len(at_leisure)
        slow = [one for one in at_leisure if one.is_stuck(now) or one.rate(now) < UNHURRIED_RATE]
        slow.sort(key=lambda one: (not one.is_stuck(now), one.rate(now), one.began))
        for one in slow[: max(0, self._turns.waiting - hurried)]:
            one.patience.reschedule(now + PATIENCE_SECONDS)
