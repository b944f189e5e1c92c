"""The table `session`: when each session was played, and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.events import LIFECYCLE, SessionEnded, SessionPaused, SessionResumed, SessionStarted
from domain.table import Status
from projections.analytics.projection import Known, Logged, Projection, Row


def fold(batch: Sequence[Logged], known: Known) -> list[Row]:
    """The sessions whose status changes in the batch."""
    rows: dict[UUID, Row] = {}
    running: dict[UUID, Row] = {campaign: dict(row) for campaign, row in known.open_sessions.items()}
    for logged in batch:
        event = logged.event
        if isinstance(event, SessionStarted):
            running[event.originator_id] = _started(event, logged.position)
        elif isinstance(event, SessionPaused | SessionResumed | SessionEnded):
            if event.originator_id not in running:
                raise LookupError("no session of the campaign runs")
            _change(running[event.originator_id], logged)
        else:
            continue
        row = running[event.originator_id]
        rows[row["session_id"]] = row
    return list(rows.values())


def _started(event: SessionStarted, position: int) -> Row:
    return {
        "session_id": event.session_id,
        "campaign_id": event.originator_id,
        "number": event.number,
        "status": "active",
        "status_since": event.timestamp,
        "started_by": event.actor,
        "started_at": event.timestamp,
        "ended_at": None,
        "active_seconds": 0.0,
        "paused_seconds": 0.0,
        "first_version": event.originator_version,
        "last_version": None,
        "position": position,
    }


def _change(row: Row, logged: Logged) -> None:
    event = logged.event
    since: datetime = row["status_since"]
    # In an old log, of servers whose clocks differed, the next event may have been recorded before this one.
    passed = max(0.0, (event.timestamp - since).total_seconds())
    row["active_seconds" if row["status"] == "active" else "paused_seconds"] += passed
    row["status"] = _AFTER[event.TOPIC]
    row["status_since"] = event.timestamp
    row["position"] = logged.position
    if isinstance(event, SessionEnded):
        row["ended_at"] = max(event.timestamp, row["started_at"])
        row["last_version"] = event.originator_version


_AFTER: dict[str, Status] = {
    SessionPaused.TOPIC: "paused",
    SessionResumed.TOPIC: "active",
    SessionEnded.TOPIC: "ended",
}

PROJECTION = Projection("session", frozenset(LIFECYCLE), needs="open_sessions", fold=fold)
