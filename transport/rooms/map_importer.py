"""A map import into an open room: it gives commands as a DM does, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from domain.commands import ImportMap, ImportTogether
from domain.ids import CampaignId, EventId, UserId
from domain.refusals import Refused, RestrictedToDm
from domain.store import EngineError, StoreUnavailable
from projections.people import Member
from projections.room_state import RoomState
from transport.accounts.refusals import NotADm, NothingHere
from transport.rooms.command import Outcome, PendingCommand
from transport.rooms.room import Room


@dataclass(eq=False, slots=True)
class MapSender:
    """Where the parts come from; see transport.rooms.command.Sender."""

    campaign: CampaignId
    token_hash: bytes
    may_command: bool = True


@dataclass(frozen=True, slots=True)
class RoomImporter:
    """See transport.maps.parts.Importer. Each part waits for `before_each`, which raises when it may not be stored."""

    room: Room
    actor: UserId
    sender: MapSender
    before_each: Callable[[], Awaitable[object]]
    bring_up_to_date: Callable[[Room], Awaitable[None]]

    async def look(self) -> RoomState:
        """Raises NothingHere, NotADm, EngineError: what there is of an import is for DMs too."""
        await self.bring_up_to_date(self.room)
        # The room has the newest members now: nobody has to be asked once more.
        if self._member().role != "dm" or not self.sender.may_command:
            raise NotADm
        return self.room.projection.state

    async def give(self, parts: Sequence[ImportMap]) -> EventId:
        """Raises NothingHere, NotADm, Refused, EngineError. Others get their turn between two calls."""
        await self.before_each()
        member = self._member()
        done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

        def reply(outcome: Outcome) -> None:
            if not done.done():
                done.set_result(outcome)

        pending = PendingCommand(
            ImportTogether(parts),
            self.actor,
            reply,
            visible_since=member.visible_since,
            sender=self.sender,
        )
        self.room.submit(pending)
        match await done:
            case RestrictedToDm():
                self._member()
                raise NotADm
            case Refused() | EngineError() as outcome:
                raise outcome
            case None:
                raise EngineError("a part of a map caused no event")
            case event_id:
                return event_id

    def _member(self) -> Member:
        """Raises NothingHere, StoreUnavailable."""
        if self.room.projection.is_over:
            raise StoreUnavailable("the room starts over")  # it knows no members any more
        member = self.room.projection.members.get(self.actor)
        if member is None:
            raise NothingHere
        return member
