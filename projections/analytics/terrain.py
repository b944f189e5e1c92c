"""The table `terrain`: what each hex is now, as the DM knows it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from domain.events import ChangesPublished, HexesUpdated, Update
from domain.hexes import HexKey
from projections.analytics.effects import effects
from projections.analytics.projection import Known, Logged, Projection, Row


def fold(batch: Sequence[Logged], known: Known) -> list[Row]:
    """The last terrain of each hex that the batch sets."""
    last: defaultdict[UUID, dict[HexKey, Row]] = defaultdict(dict)
    for logged in batch:
        event = logged.event
        rows = last[event.originator_id]
        for change_id, change in effects(logged, known):
            if isinstance(change, Update):
                for hex_key, kind in change.changes:
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


PROJECTION = Projection(
    "terrain", frozenset({HexesUpdated.TOPIC, ChangesPublished.TOPIC}), needs="staged_changes", fold=fold
)
