"""Campaigns whose people lost their server, or their room: who does not come back has left, and it is recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Never, Protocol
from uuid import UUID

from domain.ids import CampaignId
from domain.store import StoreUnavailable
from transport.event_loop.supervision import surviving

LOOK_AT = 200
"""Campaigns in one question to the database; fewer when it got no answer in time."""

PAUSE_SECONDS = 0.01
"""After each room, which takes some milliseconds to open: those who play have most of the time."""

RETRY_SECONDS = 1.0

FIRST = UUID(int=0)


class Rooms(Protocol):
    """Where rooms are opened."""

    async def open_once(self, campaign: CampaignId) -> None:
        """Whoever the log says is there, and does not come back soon, has left. Raises StoreUnavailable."""


class Log(Protocol):
    """Where it stands who was there."""

    async def left_behind(self, after: UUID, most: int) -> tuple[list[CampaignId], UUID | None]:
        """Of the next campaigns those where, by the log, somebody is and no other server has people.

        And the place to go on from; None when these were the last. Raises StoreUnavailable.
        """


class LeftBehind:
    """Opens their rooms in the background, one after the other.

    It goes by the log of all campaigns, and not by the people that the server had told the others of: it may have died
    before it told them.
    """

    def __init__(self, rooms: Rooms, seen: Log) -> None:
        self._rooms = rooms
        self._log = seen
        self._to_open: set[CampaignId] = set()
        self._has_to_look = True  # for what the last servers of this database left behind
        self._awake = asyncio.Event()
        self._awake.set()

    def look(self) -> None:
        """A server has ended: all campaigns are looked through, once more if it is being done."""
        self._has_to_look = True
        self._awake.set()

    def open(self, campaigns: Collection[CampaignId]) -> None:
        """Their rooms have started over, or could not be opened: they are opened again."""
        if campaigns:
            self._to_open.update(campaigns)
            self._awake.set()

    async def run(self) -> Never:
        """Until cancelled."""
        while True:
            await self._awake.wait()
            self._awake.clear()
            await self._open_those_asked_for()
            if self._has_to_look:
                self._has_to_look = False
                try:
                    await self._look_through()
                except BaseException:
                    self.look()  # whoever begins again begins with this
                    raise

    async def _look_through(self) -> None:
        place: UUID | None = FIRST
        most = LOOK_AT
        while place is not None:
            try:
                found, place = await self._log.left_behind(place, most)
            except StoreUnavailable:
                most = max(1, most // 2)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            for campaign in found:
                await self._open(campaign)
                await asyncio.sleep(PAUSE_SECONDS)
            await self._open_those_asked_for()

    async def _open_those_asked_for(self) -> None:
        to_open, self._to_open = self._to_open, set()
        for campaign in to_open:
            await self._open(campaign)

    async def _open(self, campaign: CampaignId) -> None:
        """One that can't be opened, now or ever, is not in the way of the others."""
        try:
            with surviving("left_behind"):
                await self._rooms.open_once(campaign)
        except StoreUnavailable:
            self.open([campaign])
            await asyncio.sleep(RETRY_SECONDS)
