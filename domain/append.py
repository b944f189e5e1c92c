"""One append to a stream: events and refusals that are recorded together or not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.event_codec import EventRow, encode
from domain.events import ChangesDiscarded, Event
from domain.ids import CampaignId, CommandId, EventId
from domain.refusals import Refused
from domain.store import EventRejected, Refusals, VersionConflict

MAX_EVENT_BYTES = 256 * 1024
"""Of an event's data. What a message of 5,000 hexes needs, and small enough to be stored in a moment."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True, eq=False)
class Append:
    """Events of one campaign whose versions follow each other, as rows, and commands of it that were refused."""

    campaign: CampaignId
    rows: tuple[EventRow, ...]
    roster: int | None = None
    """How often the members had changed when the events were decided; None if that does not matter."""
    refused: Mapping[CommandId, Refused] = field(default_factory=dict)
    decided_on: int = 0
    """The version that the stream must have reached for all of it to be right."""

    @classmethod
    def of(cls, events: Sequence[Event], roster: int | None = None, refusals: Refusals | None = None) -> Append:
        """At least one event or refusal. Raises EventRejected for what no store takes, VersionConflict for a gap.

        Events of several campaigns are a ValueError: each belongs to a room of its own.
        """
        if refusals is None:
            return cls.of_rows([encode(event) for event in events], roster)
        campaign, after, refused = refusals
        for command in refused:
            _check_command_id(command, "a refusal")
        if not events:
            return cls(campaign, (), roster, refused, after)
        of_events = cls.of_rows([encode(event) for event in events], roster)
        if of_events.campaign != campaign or of_events.decided_on != after:
            raise ValueError("the refusals were not decided together with the events")
        return cls(campaign, of_events.rows, roster, refused, after)

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
        return cls(CampaignId(first.campaign_id), tuple(rows), roster, decided_on=first.version - 1)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be recorded."""
        return not self.rows and not self.refused

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
    _check_command_id(row.command_id, row.type)


def _check_command_id(command: str | None, of: str) -> None:
    if _UNSTORABLE.search(command or ""):
        raise EventRejected(f"the command id {command!r} of {of} is no text")
