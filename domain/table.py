"""What the rules need to know of a campaign's table, and how events change it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, assert_never

from domain.events import (
    BroadcastModeChanged,
    ChangesDiscarded,
    ChangesPublished,
    ChangeStaged,
    ChangeUndone,
    Event,
    HexesRevealed,
    HexesUpdated,
    PlayerJoined,
    PlayerLeft,
    SessionEnded,
    SessionPaused,
    SessionResumed,
    SessionStarted,
    StagedReveal,
    StagedUpdate,
)
from domain.ids import ChangeId, SessionId, UserId

Status = Literal["waiting", "active", "paused", "ended"]
Mode = Literal["immediate", "staged"]


@dataclass(frozen=True, slots=True)
class StagedChange:
    """A change in the queue."""

    id: ChangeId
    change: StagedReveal | StagedUpdate


@dataclass(frozen=True, slots=True)
class Table:
    """`sessions` counts those started so far; `present` is who the log says is here, empty between sessions."""

    status: Status = "waiting"
    mode: Mode = "immediate"
    session_id: SessionId | None = None
    sessions: int = 0
    staged: tuple[StagedChange, ...] = ()
    present: frozenset[UserId] = frozenset()

    @property
    def is_live(self) -> bool:
        """Whether a session runs, be it paused."""
        return self.status in ("active", "paused")


def evolve(table: Table, event: Event) -> Table:
    """The table after the event. Pure; total over all events."""
    match event:
        case HexesRevealed() | HexesUpdated():
            return table
        case ChangeStaged():
            change = StagedChange(ChangeId(event.event_id), event.change)
            return replace(table, staged=(*table.staged, change))
        case ChangeUndone():
            return replace(table, staged=tuple(c for c in table.staged if c.id != event.change_id))
        case ChangesPublished() | ChangesDiscarded():
            return replace(table, staged=())
        case BroadcastModeChanged():
            return replace(table, mode=event.mode)
        case SessionStarted():
            return replace(
                table,
                status="active",
                session_id=event.session_id,
                sessions=event.number,
                present=frozenset(event.present),
            )
        case SessionPaused():
            return replace(table, status="paused")
        case SessionResumed():
            return replace(table, status="active")
        case SessionEnded():
            return replace(table, status="ended", session_id=None, present=frozenset())
        case PlayerJoined():
            return replace(table, present=table.present | {event.player_id})
        case PlayerLeft():
            return replace(table, present=table.present - {event.player_id})
        case _:
            assert_never(event)
