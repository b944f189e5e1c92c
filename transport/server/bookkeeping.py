"""What a server writes down now and then: which sign-ins were used, and who wrote how much; old rows are swept."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import Never, Protocol

from domain.store import StoreUnavailable
from transport.event_loop.supervision import surviving
from transport.rooms.log_growth import LogGrowth, Sums

WRITE_SECONDS = 5.0
"""For so long after somebody is over the quota a server may go on taking commands from them."""

SWEEP_SECONDS = 3600.0


class Rows(Sums, Protocol):
    """The tables that are written to. Each call may raise StoreUnavailable."""

    async def write_uses(self) -> None:
        """Which sign-ins were used since the last time."""

    async def sweep_sign_ins(self) -> int:
        """Some of those that ended long ago."""

    async def sweep_people(self) -> int:
        """Some of those who can never come back, and whom no log names."""

    async def sweep_campaigns_made(self) -> int:
        """The days that nobody asks for any more."""

    async def sweep_log_growth(self) -> int:
        """The days that nobody asks for any more."""


class Bookkeeping:
    """Each server does it, for itself; what two sweep at once is swept once."""

    def __init__(self, rows: Rows, growth: LogGrowth) -> None:
        self._rows = rows
        self._growth = growth

    async def run(self) -> Never:
        """Runs until cancelled."""
        clock = asyncio.get_running_loop().time
        next_sweep = clock()
        while True:
            await self.write()
            if clock() >= next_sweep:
                next_sweep = clock() + SWEEP_SECONDS
                await self.sweep()
            await asyncio.sleep(WRITE_SECONDS)

    async def write(self) -> None:
        """What is not written by now; what fails is tried again."""
        for step in (self._rows.write_uses, partial(self._growth.exchange, self._rows)):
            with suppress(StoreUnavailable), surviving("bookkeeping"):
                await step()

    async def sweep(self) -> None:
        """What nobody needs any more; the rest the next time."""
        rows = self._rows
        for step in (rows.sweep_sign_ins, rows.sweep_people, rows.sweep_campaigns_made, rows.sweep_log_growth):
            with suppress(StoreUnavailable), surviving("bookkeeping"):
                await step()
