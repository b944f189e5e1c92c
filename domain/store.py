"""What the engine asks of an event store. Two keep the promise: one in memory and one in PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from domain.events import Event
from domain.ids import CampaignId, CommandId, EventId
from domain.refusals import Refused


class EngineError(Exception):
    """We failed; the one who asked did nothing wrong.

    EngineError
    ├── StoreUnavailable    nothing was recorded
    ├── VersionConflict     somebody else wrote to the stream first, or changed its members; nothing was recorded
    ├── CommandAlreadyDecided    nothing was recorded now
    ├── EventRejected       the database will not take this event, ever; nothing was recorded
    ├── UnreadableEvent     the log holds an event that this program can't read
    │   └── NewerEvent      it is not damaged: a newer program wrote it
    └── ImpossibleEvent     a log from elsewhere holds an event that the rules never make
    """


class StoreUnavailable(EngineError):
    """The store cannot be reached. Only raised when it is certain that nothing was recorded."""


class VersionConflict(EngineError):
    """The stream has moved on, or its members are others: read what is new and decide again."""


class CommandAlreadyDecided(EngineError):
    """Commands of this append were executed or refused before; `outcomes` holds the event or the refusal of each."""

    def __init__(self, outcomes: Mapping[CommandId, EventId | Refused]) -> None:
        super().__init__(f"already decided: {', '.join(outcomes)}")
        self.outcomes = outcomes


class EventRejected(EngineError):
    """A row that the database refuses, for example one that is too large."""


class UnreadableEvent(EngineError):
    """It is damaged, or it is a NewerEvent."""


class NewerEvent(UnreadableEvent):
    """Its kind, its schema version or one of its fields is unknown here: a newer program wrote it.

    Nothing may be decided on what follows from it. A server leaves the campaign to newer servers.
    """


class ImpossibleEvent(EngineError):
    """Somebody made it by hand, or has damaged what was before it. The message says what is off, in one line."""


class Head(NamedTuple):
    """The newest event of a stream; version 0 and no id for an empty one."""

    version: int
    event_id: EventId | None


class Standing(NamedTuple):
    """The newest version of a stream, and how often its members changed: what an append has to rest on."""

    version: int
    roster: int


class Refusals(NamedTuple):
    """Commands that the rules refused, each by its id, so that none of them is executed later at any server."""

    campaign: CampaignId
    after: int
    """The version of the stream on which they were decided; events that are stored with them come after it."""
    by_command: Mapping[CommandId, Refused]


class EventStore(Protocol):
    """An append-only log with one stream a campaign."""

    async def append(
        self, events: Sequence[Event], roster: int | None = None, refusals: Refusals | None = None
    ) -> None:
        """Stores events and refusals of one campaign, all or none, and returns when they are durable.

        The versions of the events must follow the head of the stream without a gap, and the campaign's members must
        have changed `roster` times if that is given. The refusals must rest on the head too. A command that was
        executed is never refused later, and one that was refused is never executed.
        Raises VersionConflict, CommandAlreadyDecided, EventRejected or StoreUnavailable; in each case nothing was
        recorded.
        """

    def read(self, campaign: CampaignId, after: int = 0, up_to: int | None = None) -> AsyncIterator[list[Event]]:
        """The events with a version above `after`, in order, in batches that are never empty.

        The last one is that of version `up_to`, or the head.

        Raises StoreUnavailable or UnreadableEvent.
        """

    async def head(self, campaign: CampaignId) -> Head:
        """Raises StoreUnavailable."""

    async def heads(self, campaigns: Sequence[CampaignId]) -> dict[CampaignId, int]:
        """The newest versions of those streams that have events. Raises StoreUnavailable."""

    async def standings(self, campaigns: Sequence[CampaignId]) -> dict[CampaignId, Standing]:
        """Where each of the campaigns is by now. Raises StoreUnavailable."""

    async def outcomes(self, campaign: CampaignId, commands: Sequence[CommandId]) -> dict[CommandId, EventId | Refused]:
        """What became of those commands that were executed or refused before. Raises StoreUnavailable."""

    async def lifecycle(self, campaign: CampaignId) -> list[Event]:
        """The events that started, paused, resumed or ended a session, in order: a few of many.

        Raises StoreUnavailable or UnreadableEvent.
        """

    async def version_of(self, campaign: CampaignId, event: EventId) -> int | None:
        """The place of an event in the stream, if it is there. Raises StoreUnavailable."""

    async def version_at(self, campaign: CampaignId, moment: datetime) -> int:
        """The version of the last event before the first that was recorded later, 0 for none. Raises StoreUnavailable.

        Time does not run backwards in a stream, but in an old log it may, where clocks differed: nothing up to that
        version was recorded later than then, if they differed by less than a minute.
        """
