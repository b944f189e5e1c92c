"""What an event store is asked to add to a stream at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from domain.event_codec import EventRow, encode
from domain.events import ChangesDiscarded, Event
from domain.ids import CampaignId, CommandId, EventId
from domain.store import EventRejected, VersionConflict

MAX_EVENT_BYTES = 256 * 1024
"""Of an event's data. What a message of 5,000 hexes needs, and small enough to be stored in a moment."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True, eq=False)
class Append:
    """Events of one campaign whose versions follow each other, as rows."""

    campaign: CampaignId
    rows: tuple[EventRow, ...]
    roster: int | None = None
    """How often the members had changed when the events were decided; None if that does not matter."""

    @classmethod
    def of(cls, events: Sequence[Event], roster: int | None = None) -> Append:
        """At least one event. Raises EventRejected for one that no store takes, VersionConflict for a gap.

        Events of several campaigns are a ValueError: each belongs to a room of its own.
        """
        return cls.of_rows([encode(event) for event in events], roster)

    @classmethod
    def of_rows(cls, rows: Sequence[EventRow], roster: int | None = None) -> Append:
        """The same for rows."""
        first = rows[0]
        for offset, row in enumerate(rows):
            if row.campaign_id != first.campaign_id:
                raise ValueError("an append holds events of one campaign")
            if row.version != first.version + offset:
                raise VersionConflict("the versions of the events leave a gap")
            _check(row)
        return cls(CampaignId(first.campaign_id), tuple(rows), roster)

    @property
    def expected_head(self) -> int:
        """The version that the stream must have reached for the events to follow without a gap."""
        return self.rows[0].version - 1

    @property
    def commands(self) -> dict[CommandId, EventId]:
        """The commands that these events execute, each with its event."""
        return {
            CommandId(row.command_id): EventId(row.event_id)
            for row in self.rows
            # A discard only ever accompanies the event that its command is about.
            if row.command_id is not None and row.type != ChangesDiscarded.TOPIC
        }


def _check(row: EventRow) -> None:
    if len(row.data) > MAX_EVENT_BYTES:
        raise EventRejected(f"{row.type} of {len(row.data)} bytes: at most {MAX_EVENT_BYTES} are stored")
    if _UNSTORABLE.search(row.command_id or ""):
        raise EventRejected(f"the command id {row.command_id!r} of {row.type} is no text")
