"""The event store in memory, for tests: it keeps the same promises until the process ends."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

from domain.append import Append
from domain.event_codec import EventRow, decode
from domain.events import LIFECYCLE, ChangesDiscarded, Event
from domain.ids import CampaignId, CommandId, EventId
from domain.refusals import KnownRefusal, Refused
from domain.store import CommandAlreadyDecided, EventRejected, Head, Refusals, Standing, VersionConflict

BATCH_EVENTS = 500

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class MemoryStore:
    """Holds rows and not events, so that what is read went through the codec."""

    def __init__(self) -> None:
        self._streams: defaultdict[CampaignId, list[EventRow]] = defaultdict(list)
        self._commands: defaultdict[CampaignId, dict[CommandId, EventId | Refused]] = defaultdict(dict)
        self._event_ids: set[UUID] = set()
        self.rosters: defaultdict[CampaignId, int] = defaultdict(int)
        """How often the members of each campaign changed."""

    async def append(
        self, events: Sequence[Event], roster: int | None = None, refusals: Refusals | None = None
    ) -> None:
        """See EventStore.append."""
        if not events and refusals is None:
            return
        append = Append.of(events, roster, refusals)
        self._check(append)
        self._streams[append.campaign].extend(append.rows)
        self._commands[append.campaign].update(append.commands)
        refused = {command: KnownRefusal(one.code, one.message) for command, one in append.refused.items()}
        self._commands[append.campaign].update(refused)
        self._event_ids.update(row.event_id for row in append.rows)

    async def read(self, campaign: CampaignId, after: int = 0, up_to: int | None = None) -> AsyncIterator[list[Event]]:
        """See EventStore.read."""
        stream = self._streams[campaign]
        while rows := stream[after : min(after + BATCH_EVENTS, len(stream) if up_to is None else up_to)]:
            yield [decode(row) for row in rows]
            after += len(rows)

    async def head(self, campaign: CampaignId) -> Head:
        """See EventStore.head."""
        stream = self._streams[campaign]
        return Head(len(stream), EventId(stream[-1].event_id)) if stream else Head(0, None)

    async def heads(self, campaigns: Sequence[CampaignId]) -> dict[CampaignId, int]:
        """See EventStore.heads."""
        return {campaign: len(self._streams[campaign]) for campaign in campaigns if self._streams[campaign]}

    async def standings(self, campaigns: Sequence[CampaignId]) -> dict[CampaignId, Standing]:
        """See EventStore.standings."""
        return {one: Standing(len(self._streams[one]), self.rosters[one]) for one in campaigns}

    async def outcomes(self, campaign: CampaignId, commands: Sequence[CommandId]) -> dict[CommandId, EventId | Refused]:
        """See EventStore.outcomes."""
        recorded = self._commands[campaign]
        return {command: recorded[command] for command in commands if command in recorded}

    async def lifecycle(self, campaign: CampaignId) -> list[Event]:
        """See EventStore.lifecycle."""
        return [decode(row) for row in self._streams[campaign] if row.type in LIFECYCLE]

    async def version_of(self, campaign: CampaignId, event: EventId) -> int | None:
        """See EventStore.version_of."""
        return next((row.version for row in self._streams[campaign] if row.event_id == event), None)

    async def version_at(self, campaign: CampaignId, moment: datetime) -> int:
        """See EventStore.version_at."""
        stream = self._streams[campaign]
        return next((row.version - 1 for row in stream if row.recorded_at > moment), len(stream))

    def _check(self, append: Append) -> None:
        recorded = self._commands[append.campaign]
        again = {one: recorded[one] for one in (*append.commands, *append.refused) if one in recorded}
        if again:
            raise CommandAlreadyDecided(again)
        if append.decided_on != len(self._streams[append.campaign]):
            raise VersionConflict(f"{append.campaign} has moved on from {append.decided_on}")
        if append.roster not in (None, self.rosters[append.campaign]):
            raise VersionConflict(f"the members of {append.campaign} changed")
        if self._is_refused(append):
            raise EventRejected("a UUID that is none, or an id that is given twice")

    def _is_refused(self, append: Append) -> bool:
        """What PostgreSQL refuses by the types and unique keys of its table."""
        event_ids = {row.event_id for row in append.rows}
        commands = [row.command_id for row in append.rows if row.command_id and row.type != ChangesDiscarded.TOPIC]
        return (
            len(event_ids) < len(append.rows)
            or not event_ids.isdisjoint(self._event_ids)
            or len(set(commands)) < len(commands)
            or not all(_UUID.fullmatch(row.actor) for row in append.rows)
        )
