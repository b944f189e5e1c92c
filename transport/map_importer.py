"""Somebody who brings a map into an open room, and holds no socket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from domain.commands import ImportMap, ImportTogether
from domain.ids import CampaignId, EventId, UserId
from domain.refusals import Refused, RestrictedToDm
from domain.store import EngineError
from projections.room_state import RoomState
from transport.directory.refusals import NotADm, NothingHere
from transport.outcome import Order, Outcome
from transport.room import Room


@dataclass(eq=False, slots=True)
class MapSender:
    """Where the parts come from; see transport.outcome.Sender."""

    campaign: CampaignId
    token_hash: bytes
    may_command: bool = True


@dataclass(frozen=True, slots=True)
class RoomImporter:
    """See transport.map_parts.Importer. Each part waits for `before_each`, which raises when it may not be stored."""

    room: Room
    actor: UserId
    sender: MapSender
    before_each: Callable[[], Awaitable[object]]
    bring_up_to_date: Callable[[Room], Awaitable[None]]

    async def look(self) -> RoomState:
        await self.bring_up_to_date(self.room)
        return self.room.gathering.state

    async def give(self, parts: Sequence[ImportMap]) -> EventId:
        """Raises NothingHere, NotADm, Refused, EngineError. Others get their turn between two calls."""
        await self.before_each()
        member = self.room.gathering.members.get(self.actor)
        if member is None:
            raise NothingHere
        done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

        def reply(outcome: Outcome) -> None:
            if not done.done():
                done.set_result(outcome)

        order = Order(ImportTogether(parts), self.actor, reply, told_from=member.told_from, sender=self.sender)
        self.room.submit(order)
        match await done:
            case RestrictedToDm():
                raise NotADm if self.actor in self.room.gathering.members else NothingHere
            case Refused() | EngineError() as outcome:
                raise outcome
            case None:
                raise EngineError("a part of a map caused no event")
            case event_id:
                return event_id
