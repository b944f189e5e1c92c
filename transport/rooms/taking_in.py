"""Folds stored events into a room and tells its subscribers, in short turns of the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import zip_longest

from domain.events import Event
from transport.event_loop.weights import TURN_HEXES
from transport.rooms.live_projection import LiveProjection
from transport.rooms.ports import Lease
from transport.rooms.told_together import told_together


class TakingIn:
    """Of one room."""

    def __init__(self, projection: LiveProjection, lease: Lease) -> None:
        self._projection = projection
        self._lease = lease
        self._worked = 0

    async def of_a_command(self, events: Sequence[Event], sender: object) -> None:
        """Those that it caused, when they are stored; `sender` is where it came from."""
        runs = told_together(events)
        for run, following in zip_longest(runs, runs[1:]):
            is_part = following is not None and type(following[0]) is type(run[0])
            await self._take_in(run, sender, more_follows=is_part)

    async def of_others(self, events: Sequence[Event]) -> None:
        """Those that another server has stored."""
        await self._lease.held()
        for run in told_together(events):
            await self._take_in(run)
        self._projection.flush()

    async def _take_in(self, run: Sequence[Event], sender: object = None, *, more_follows: bool = False) -> None:
        """Events that are told together. Others have their turn meanwhile, or after some milliseconds of ours."""
        work = sum(map(self._projection.weight_of, run))
        if work > TURN_HEXES or len(run) > 1:
            self._projection.flush()
            tell = await self._projection.work_out(run, self._lease.held)
            tell(sender, more_follows=more_follows)
            self._worked = TURN_HEXES  # others have their turn before the next one
            return
        work += self._projection.weight_of_telling
        self._worked += work
        if self._worked > TURN_HEXES:
            self._projection.flush()
            await asyncio.sleep(0)
            await self._lease.held()
            self._worked = work
        self._projection.take_in(run[0], sender, more_follows=more_follows)
