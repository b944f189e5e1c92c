"""The table of one campaign as an aggregate of the eventsourcing library."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple, cast
from uuid import UUID

from eventsourcing.domain import BaseAggregate

from domain.commands import AnyCommand
from domain.decide import CommandContext, decide
from domain.events import Event
from domain.ids import CampaignId, CommandId, UserId
from domain.table import Table, evolve

NEVER = datetime.min.replace(tzinfo=UTC)
"""Before all times: when the last event happened where there was none yet."""


class CommandMetadata(NamedTuple):
    """Who gives a command, when, and under which id; and where new ids come from."""

    actor: UserId
    now: datetime
    new_id: Callable[[], UUID]
    command_id: CommandId | None = None


class SessionAggregate(BaseAggregate[UUID]):
    """Decides commands and collects their events; `pending_events` waits for the store.

    A stream begins with whatever happens first, so there is no event of creation: an aggregate at version 0
    is an untouched table. After a failed append throw it away: what it decided since did not happen.
    """

    table: Table

    @classmethod
    def at(
        cls,
        campaign: CampaignId,
        version: int = 0,
        table: Table = Table(),  # noqa: B008 - frozen
        latest: datetime = NEVER,
    ) -> SessionAggregate:
        """The aggregate as it stands after `version` events, of which the latest was recorded then."""
        aggregate: SessionAggregate = cls.__new__(cls)
        aggregate.__base_init__(campaign, version, latest)
        aggregate.table = table
        return aggregate

    def evolve(self, event: Event) -> None:
        """Takes in an event that follows the last one."""
        self.table = evolve(self.table, event)

    def handle(self, command: AnyCommand, context: CommandContext, metadata: CommandMetadata) -> list[Event]:
        """Decides the command and triggers its events, which also wait in `pending_events`.

        Raises a Refused, and is then as it was before.
        """
        triggered = len(self.pending_events)
        # The clock of another server, or of this one before it was set back, may have been ahead: time never runs
        # backwards in a stream. Else a player who asks for a moment could see what happened after it.
        now = max(metadata.now, self.modified_on)
        for fact in decide(command, self.table, context, metadata.new_id):
            envelope = {
                "timestamp": now,
                "event_id": metadata.new_id(),
                "actor": metadata.actor,
                "session_id": self.table.session_id,
                "command_id": metadata.command_id,
            }
            self.trigger_event(fact.event, **(envelope | fact.fields))
        # The library types them as its own base class; only ours are ever triggered here.
        return cast("list[Event]", self.pending_events[triggered:])
