"""The table `reveal`: when somebody was shown a hex for the first time. A row a hex and audience."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import product
from uuid import UUID

from domain.events import ChangesPublished, HexesRevealed, Reveal
from domain.ids import ChangeId
from projections.analytics.effects import effects
from projections.analytics.projection import Known, Logged, Projection, Row


def fold(batch: Sequence[Logged], known: Known) -> list[Row]:
    """The first reveal of each hex to each audience in the batch; those of before stay as they are."""
    first: defaultdict[UUID, dict[tuple[str, str], Row]] = defaultdict(dict)
    for logged in batch:
        rows = first[logged.event.originator_id]
        for change_id, change in effects(logged, known):
            if isinstance(change, Reveal):
                for shown in product(change.hex_keys, _audiences(change)):
                    if shown not in rows:
                        rows[shown] = _row(logged, *shown, change_id)
    return [row for rows in first.values() for row in rows.values()]


def _audiences(reveal: Reveal) -> Iterable[str]:
    return ("all",) if reveal.audience == "all" else reveal.audience


def _row(logged: Logged, hex_key: str, audience: str, change_id: ChangeId | None) -> Row:
    event = logged.event
    return {
        "campaign_id": event.originator_id,
        "hex": hex_key,
        "audience": audience,
        "session_id": event.session_id,
        "revealed_at": event.timestamp,
        "event_id": event.event_id,
        "change_id": change_id,
        "position": logged.position,
    }


PROJECTION = Projection(
    "reveal", frozenset({HexesRevealed.TOPIC, ChangesPublished.TOPIC}), needs="staged_changes", fold=fold
)
