"""The table `terrain`: what each hex is now, as the DM knows it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from uuid import UUID

from domain.events import ChangesPublished, HexesUpdated, Update
from domain.hexes import HexKey, Terrain
from domain.ids import ChangeId
from projections.analytics.effects import effects
from projections.analytics.projection import Known, Logged, Projection, Row


def fold(batch: Sequence[Logged], known: Known) -> Iterator[Row]:
    """The last terrain of each hex that the batch sets, from the end on: what comes up again was set before."""
    set_later: defaultdict[UUID, set[HexKey]] = defaultdict(set)
    for logged in reversed(batch):
        seen = set_later[logged.event.originator_id]
        for change_id, change in reversed(list(effects(logged, known))):
            if isinstance(change, Update):
                for hex_key, kind in reversed(change.changes):
                    if hex_key not in seen:
                        seen.add(hex_key)
                        yield _row(logged, hex_key, kind, change_id)


def _row(logged: Logged, hex_key: HexKey, kind: Terrain, change_id: ChangeId | None) -> Row:
    event = logged.event
    return {
        "campaign_id": event.originator_id,
        "hex": hex_key,
        "terrain": kind,
        "set_at": event.timestamp,
        "event_id": event.event_id,
        "change_id": change_id,
        "position": logged.position,
    }


PROJECTION = Projection(
    "terrain", frozenset({HexesUpdated.TOPIC, ChangesPublished.TOPIC}), needs="staged_changes", fold=fold
)
