"""Sends a player's maps and answers about the past at fixed moments, so that the time tells nothing hidden.

To tell what a player knew then, the log has to be folded with all that was hidden from that player, and that takes its
time: without this one could count by the clock what a DM has prepared.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from transport.http.access import Seat

BEAT = 0.1
"""Seconds: several times what any moment of a usual campaign takes."""


def next_beat(elapsed: float, beat: float) -> float:
    """The first of 1, 2, 4, 8 ... beats that is not over: of a longer time it shows the order of magnitude at most."""
    while beat < elapsed:
        beat *= 2
    return beat


class Pace:
    """Of one call, which begins now."""

    def __init__(self, beat: float) -> None:
        """`beat` in seconds; 0 for a DM, from whom nothing is hidden: then all goes as fast as it can."""
        self._beat = beat
        self._clock = asyncio.get_running_loop().time
        self._last = self._clock()

    async def beat(self) -> None:
        """Waits for the next one; the one after it is counted from there."""
        if self._beat:
            now = self._clock()
            await asyncio.sleep(self._last + next_beat(now - self._last, self._beat) - now)
        self._last = self._clock()

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """What the block finds leaves with the next beat, and so does a refusal."""
        try:
            yield
        except Exception:
            await self.beat()
            raise
        await self.beat()


def a_pace(seat: Seat) -> Pace:
    """The one for whoever sits there."""
    return Pace(BEAT if seat.role == "player" else 0)
