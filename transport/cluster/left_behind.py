"""Campaigns whose people were connected to a server that ended: who does not come back has left, and it is recorded."""

from __future__ import annotations

import asyncio
from typing import Never, Protocol
from uuid import UUID

from domain.ids import CampaignId
from domain.store import StoreUnavailable
from transport.event_loop.supervision import surviving

LOOK_AT = 200
"""Campaigns in one question to the database."""

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
        self._is_wanted = asyncio.Event()
        self._is_wanted.set()  # by what the last servers of this database left behind

    def look(self) -> None:
        """A server has ended: all campaigns are looked through, once more if it is being done."""
        self._is_wanted.set()

    async def run(self) -> Never:
        """Until cancelled."""
        while True:
            await self._is_wanted.wait()
            self._is_wanted.clear()
            try:
                await self._look_through()
            except BaseException:
                self._is_wanted.set()  # whoever begins again begins with this
                raise

    async def _look_through(self) -> None:
        place: UUID | None = FIRST
        while place is not None:
            try:
                found, place = await self._log.left_behind(place, LOOK_AT)
            except StoreUnavailable:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            for campaign in found:
                await self._open(campaign)
                await asyncio.sleep(PAUSE_SECONDS)

    async def _open(self, campaign: CampaignId) -> None:
        """One that can't be opened, now or ever, is not in the way of the others."""
        try:
            with surviving("left_behind"):
                await self._rooms.open_once(campaign)
        except StoreUnavailable:
            self.look()
            await asyncio.sleep(RETRY_SECONDS)
