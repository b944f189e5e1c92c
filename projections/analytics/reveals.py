"""The table `reveal`: when somebody was shown a hex for the first time. One row for each hex and audience."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from domain.events import ChangesPublished, HexesRevealed, Reveal
from domain.ids import ChangeId
from projections.analytics.effects import effects
from projections.analytics.projection import Known, Logged, Projection, Row


def fold(batch: Sequence[Logged], known: Known) -> Iterator[Row]:
    """Each reveal of a hex to an audience, in order: the table keeps the first.

    To know here which was the first would take memory for hexes times players.
    """
    for logged in batch:
        for change_id, change in effects(logged, known):
            if isinstance(change, Reveal):
                for hex_key, audience in product(change.hex_keys, _audiences(change)):
                    yield _row(logged, hex_key, audience, change_id)


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
