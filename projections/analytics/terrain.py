"""The table `terrain`: what each hex is now, as the DM knows it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from uuid import UUID

from domain.events import ChangesPublished, HexesUpdated, StagedUpdate, Update
from domain.hexes import HexKey
from domain.ids import ChangeId
from projections.analytics.projection import Known, Logged, Projection, Row


def fold(batch: Sequence[Logged], known: Known) -> list[Row]:
    """The last terrain of each hex that the batch sets."""
    last: defaultdict[UUID, dict[HexKey, Row]] = defaultdict(dict)
    for logged in batch:
        event = logged.event
        for change_id, update in _updates(logged, known):
            rows = last[event.originator_id]
            for hex_key, kind in update.changes:
                rows[hex_key] = {
                    "campaign_id": event.originator_id,
                    "hex": hex_key,
                    "terrain": kind,
                    "set_at": event.timestamp,
                    "event_id": event.event_id,
                    "change_id": change_id,
                    "position": logged.position,
                }
    return [row for rows in last.values() for row in rows.values()]


def _updates(logged: Logged, known: Known) -> Iterator[tuple[ChangeId | None, Update]]:
    event = logged.event
    if isinstance(event, HexesUpdated):
        yield None, event
    elif isinstance(event, ChangesPublished):
        for change_id in event.change_ids:
            change = known.staged(change_id).event.change
            if isinstance(change, StagedUpdate):
                yield change_id, change


PROJECTION = Projection(
    "terrain", frozenset({HexesUpdated.TOPIC, ChangesPublished.TOPIC}), needs="staged_changes", fold=fold
)
