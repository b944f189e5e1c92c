"""How long a server may go by what it knows."""

from __future__ import annotations

import asyncio
import time

_CLOCK: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def clock() -> float:
    """Seconds, also those in which the machine slept, where the system counts them (Linux; macOS has no such clock).

    Time as `monotonic` and the event loop count it stands still meanwhile: whoever woke after an hour would go on by
    what was true before, and nobody would notice until the next timer.
    """
    return time.clock_gettime(_CLOCK)


class Lease:
    """Held while the database has said within the last `seconds` that this server counts among the living.

    Without it the others have taken its people for gone, and it may have missed who was removed: it takes nothing and
    tells nothing before it has caught up.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._until = 0.0
        self._was_extended = asyncio.Event()

    @property
    def is_held(self) -> bool:
        return clock() < self._until

    @property
    def has_run_out(self) -> bool:
        """Whether it was held once, and no more."""
        return self._until > 0 and not self.is_held

    def extend(self, asked: float) -> None:
        """`asked` is the time, by `clock`, when the database was asked, for the answer may have been slow."""
        self._until = asked + self.seconds
        self._was_extended.set()
        self._was_extended = asyncio.Event()

    async def held(self) -> None:
        """Returns when it is."""
        while not self.is_held:
            await self._was_extended.wait()
