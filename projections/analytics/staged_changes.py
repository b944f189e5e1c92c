"""The table `staged_change`: what was staged, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from domain.events import ChangesDiscarded, ChangesPublished, ChangeStaged, ChangeUndone, StagedReveal
from domain.ids import ChangeId
from projections.analytics.projection import Known, Logged, Projection, Row, StagedEvent

Outcome = Literal["pending", "published", "undone", "discarded"]


def fold(batch: Sequence[Logged], known: Known) -> Iterator[Row]:
    """Each change that the batch stages or settles."""
    last: dict[ChangeId, tuple[Logged, Outcome]] = {}
    for logged in batch:
        event = logged.event
        if isinstance(event, ChangeStaged):
            last[ChangeId(event.event_id)] = logged, "pending"
        elif isinstance(event, ChangeUndone):
            last[event.change_id] = logged, "undone"
        elif isinstance(event, ChangesPublished):
            last.update((change_id, (logged, "published")) for change_id in event.change_ids)
        elif isinstance(event, ChangesDiscarded):
            last.update((change_id, (logged, "discarded")) for change_id in event.change_ids)
    for change_id, (logged, outcome) in last.items():
        yield _row(known.staged(change_id), logged, outcome)


def _row(staged: StagedEvent, last: Logged, outcome: Outcome) -> Row:
    event, change = staged.event, staged.event.change
    audience = change.audience if isinstance(change, StagedReveal) else None
    return {
        "change_id": event.event_id,
        "campaign_id": event.originator_id,
        "session_id": event.session_id,
        "kind": change.kind,
        "hexes": change.size,
        "is_to_all": None if audience is None else audience == "all",
        "players": None if audience is None or audience == "all" else len(audience),
        "staged_by": event.actor,
        "staged_at": event.timestamp,
        "outcome": outcome,
        # In an old log, of servers whose clocks differed, the end may have been recorded before the beginning.
        "settled_at": None if outcome == "pending" else max(last.event.timestamp, event.timestamp),
        "position": last.position,
    }


PROJECTION = Projection(
    "staged_change",
    frozenset({ChangeStaged.TOPIC, ChangeUndone.TOPIC, ChangesPublished.TOPIC, ChangesDiscarded.TOPIC}),
    needs="staged_changes",
    fold=fold,
)
