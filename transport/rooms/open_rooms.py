"""Which rooms of a server are in memory, and which are on their way there."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from domain.ids import CampaignId
from domain.store import NewerEvent, StoreUnavailable
from transport.rooms.left_to_newer import LeftToNewer
from transport.rooms.opening import opened
from transport.rooms.room import Room


class OpenRooms:
    """One for each campaign at most."""

    def __init__(self, open_room: Callable[[CampaignId], Coroutine[Any, Any, Room]]) -> None:
        """`open_room` makes the room of a campaign; it may raise StoreUnavailable, UnreadableEvent."""
        self._open_room = open_room
        self._open: dict[CampaignId, asyncio.Task[Room]] = {}
        self._visits: defaultdict[CampaignId, int] = defaultdict(int)
        self._is_closed = False
        self.left_to_newer = LeftToNewer()

    def __bool__(self) -> bool:
        return bool(self._open)

    @asynccontextmanager
    async def visit(self, campaign: CampaignId) -> AsyncIterator[Room]:
        """The room, which stays in memory meanwhile; opened if it is not open. Raises what `open_room` raises."""
        self._visits[campaign] += 1
        try:
            yield await self._room(campaign)
        finally:
            self._visits[campaign] -= 1
            if not self._visits[campaign]:
                del self._visits[campaign]

    def knows(self, campaign: CampaignId) -> bool:
        """Whether the room is in memory, or on its way there."""
        return campaign in self._open

    def get(self, campaign: CampaignId) -> Room | None:
        """The room, if it is in memory."""
        opening = self._open.get(campaign)
        return opened(opening) if opening is not None else None

    def all(self) -> list[Room]:
        """Those that are in memory."""
        return [room for opening in self._open.values() if (room := opened(opening)) is not None]

    def forget(self, room: Room) -> None:
        """It is not to be found any more: whoever comes finds a new one."""
        if self.get(room.campaign) is room:
            del self._open[room.campaign]

    def forget_idle(self) -> list[Room]:
        """Those that nobody needs."""
        idle = [room for room in self.all() if room.is_idle and room.campaign not in self._visits]
        for room in idle:
            del self._open[room.campaign]
        return idle

    async def close(self) -> None:
        """Opens no more; returns when those that are being opened are open, or could not be."""
        self._is_closed = True
        if openings := self._openings():
            await asyncio.wait(openings)

    def give_up(self) -> None:
        """Those that are still being opened never will be."""
        for opening in self._openings():
            opening.cancel()

    def _openings(self) -> list[asyncio.Task[Room]]:
        return [opening for opening in self._open.values() if not opening.done()]

    async def _room(self, campaign: CampaignId) -> Room:
        opening = self._open.get(campaign)
        if opening is None:
            if self._is_closed:
                raise StoreUnavailable("the server ends")
            self.left_to_newer.check(campaign)
            opening = self._open[campaign] = asyncio.create_task(self._open_room(campaign))
            opening.add_done_callback(partial(self._forget_failed, campaign))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            if opening.cancelled():
                raise StoreUnavailable("the server ends") from None
            raise

    def _forget_failed(self, campaign: CampaignId, opening: asyncio.Task[Room]) -> None:
        failure = None if opening.cancelled() else opening.exception()
        if isinstance(failure, NewerEvent):
            self.left_to_newer.note(campaign, failure)
        if opening.cancelled() or failure is not None:
            self._open.pop(campaign, None)
