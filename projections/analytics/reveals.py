"""The table `reveal`: when somebody was shown a hex for the first time. A row a hex and audience."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from domain.events import ChangesPublished, HexesRevealed, Reveal, StagedReveal
from domain.ids import ChangeId
from projections.analytics.projection import Known, Logged, Projection, Row


def fold(batch: Sequence[Logged], known: Known) -> list[Row]:
    """The first reveal of each hex to each audience in the batch; those of before stay as they are."""
    first: defaultdict[UUID, dict[tuple[str, str], Row]] = defaultdict(dict)
    for logged in batch:
        for change_id, reveal in _reveals(logged, known):
            rows = first[logged.event.originator_id]
            for hex_key in reveal.hex_keys:
                for audience in _audiences(reveal):
                    if (hex_key, audience) not in rows:
                        rows[hex_key, audience] = _row(logged, hex_key, audience, change_id)
    return [row for rows in first.values() for row in rows.values()]


def _reveals(logged: Logged, known: Known) -> Iterator[tuple[ChangeId | None, Reveal]]:
    event = logged.event
    if isinstance(event, HexesRevealed):
        yield None, event
    elif isinstance(event, ChangesPublished):
        for change_id in event.change_ids:
            change = known.staged(change_id).event.change
            if isinstance(change, StagedReveal):
                yield change_id, change


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
