"""What the rules need to know of a campaign's table, and how events change it."""

from __future__ import annotations

from typing import Literal, NamedTuple, assert_never

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


class StagedChange(NamedTuple):
    """A change in the queue."""

    id: ChangeId
    change: StagedReveal | StagedUpdate


class Table(NamedTuple):
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
            return table._replace(staged=(*table.staged, change))
        case ChangeUndone():
            return table._replace(staged=tuple(c for c in table.staged if c.id != event.change_id))
        case ChangesPublished() | ChangesDiscarded():
            return table._replace(staged=())
        case BroadcastModeChanged():
            return table._replace(mode=event.mode)
        case SessionStarted():
            return table._replace(
                status="active",
                session_id=event.session_id,
                sessions=event.number,
                present=frozenset(event.present),
            )
        case SessionPaused():
            return table._replace(status="paused")
        case SessionResumed():
            return table._replace(status="active")
        case SessionEnded():
            return table._replace(status="ended", session_id=None, present=frozenset())
        case PlayerJoined():
            return table._replace(present=table.present | {event.player_id})
        case PlayerLeft():
            return table._replace(present=table.present - {event.player_id})
        case _:
            assert_never(event)
