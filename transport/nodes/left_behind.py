"""Campaigns whose people were connected to a server that ended: who does not come back has left, and it is recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Never, Protocol
from uuid import UUID

from domain.ids import CampaignId
from domain.store import StoreUnavailable
from transport.supervision import surviving

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
    """Opens their rooms in the background, one after the other."""

    def __init__(self, rooms: Rooms, seen: Log) -> None:
        self._rooms = rooms
        self._log = seen
        self._waiting: dict[CampaignId, None] = {}
        self._awake = asyncio.Event()

    def add(self, campaigns: Iterable[CampaignId]) -> None:
        """They are opened when those before them are."""
        self._waiting.update(dict.fromkeys(campaigns))
        self._awake.set()

    async def run(self) -> Never:
        """Until cancelled. Begins with what the last servers of this database left behind."""
        place: UUID | None = FIRST
        while place is not None:
            try:
                found, place = await self._log.left_behind(place, LOOK_AT)
            except StoreUnavailable:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            self.add(found)
            await self._open_all()
        while True:
            await self._awake.wait()
            self._awake.clear()
            await self._open_all()

    async def _open_all(self) -> None:
        while self._waiting:
            campaign = next(iter(self._waiting))
            del self._waiting[campaign]
            try:
                with surviving("left_behind"):  # one that can't be read must not be in the way of the others
                    await self._rooms.open_once(campaign)
            except StoreUnavailable:
                self.add([campaign])
                await asyncio.sleep(RETRY_SECONDS)
            await asyncio.sleep(PAUSE_SECONDS)
