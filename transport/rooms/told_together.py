"""Which events are told in one moment: the parts of an import.

A player knows some of its hexes, and others know other ones. If the parts were told one by one, the player would see by
the time between the messages how many of the parts in between others know.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from domain.events import Event, HexesUpdated


def told_together(events: Sequence[Event]) -> list[list[Event]]:
    """The same events in runs: parts of one import that follow each other, or a single event."""
    if len(events) == 1:
        return [list(events)]  # as most times
    return [list(run) for _, run in groupby(events, _import_or_itself)]


def without_last_run(events: Sequence[Event]) -> tuple[list[Event], list[Event]]:
    """Cuts off the last run, if it is of an import: the next event may be one more part."""
    *whole, last = told_together(events)
    if _import_of(last[0]) is None:
        return list(events), []
    return [event for run in whole for event in run], last


def _import_of(event: Event) -> UUID | None:
    return event.part.import_id if isinstance(event, HexesUpdated) and event.part is not None else None


def _import_or_itself(event: Event) -> UUID:
    return _import_of(event) or event.event_id
