"""What takes effect with an event: a change that is made at once, or the staged ones of a publish."""

from __future__ import annotations

from collections.abc import Iterator

from domain.events import ChangesPublished, HexesRevealed, HexesUpdated, Reveal, Update
from domain.ids import ChangeId
from projections.analytics.projection import Known, Logged


def effects(logged: Logged, known: Known) -> Iterator[tuple[ChangeId | None, Reveal | Update]]:
    """In order, each with the staged change that it was. Raises LookupError for one that is not known."""
    event = logged.event
    if isinstance(event, HexesRevealed | HexesUpdated):
        yield None, event
    elif isinstance(event, ChangesPublished):
        for change_id in event.change_ids:
            yield change_id, known.staged(change_id).event.change
