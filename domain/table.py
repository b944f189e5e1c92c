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
from domain.hexes import MAX_HEXES
from domain.ids import ChangeId, EventId, SessionId, UserId
from domain.map_parts import UnfinishedImport, after_part
from domain.parts import earlier_part
from domain.staged import NOTHING_STAGED, Change, StagedChange, StagedQueue

Status = Literal["waiting", "active", "paused", "ended"]
Mode = Literal["immediate", "staged"]


class Table(NamedTuple):
    """`sessions` counts those started so far; `present` is who the log says is here, empty between sessions.

    `imports` are those of maps that are not whole, `painted` is the newest event that may have set terrain.
    """

    status: Status = "waiting"
    mode: Mode = "immediate"
    session_id: SessionId | None = None
    sessions: int = 0
    staged: StagedQueue = NOTHING_STAGED
    present: frozenset[UserId] = frozenset()
    imports: tuple[UnfinishedImport, ...] = ()
    painted: EventId | None = None

    @property
    def is_live(self) -> bool:
        """Whether a session runs, be it paused."""
        return self.status in ("active", "paused")


def evolve(table: Table, event: Event) -> Table:
    """The table after the event. Pure; total over all events."""
    match event:
        case HexesRevealed():
            return table
        case HexesUpdated():
            return table._replace(imports=_imports(table.imports, event), painted=event.event_id)
        case ChangeStaged():
            return table._replace(staged=_with(table.staged, event))
        case ChangeUndone():
            # Of a change that several events staged each is undone by an event, and the first takes all of it.
            undone = table.staged.staged_by(event.change_id)
            return table if undone is None else table._replace(staged=table.staged.without(undone))
        case ChangesPublished():
            return table._replace(staged=NOTHING_STAGED, painted=event.event_id)
        case ChangesDiscarded():
            return table._replace(staged=NOTHING_STAGED)
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


def _imports(imports: tuple[UnfinishedImport, ...], event: HexesUpdated) -> tuple[UnfinishedImport, ...]:
    if event.part is None:
        return imports
    name = event.grid.name if event.grid is not None else ""
    return after_part(
        imports, event.part, name=name, actor=event.actor, version=event.originator_version, hexes=event.size
    )


def _with(queue: StagedQueue, event: ChangeStaged) -> StagedQueue:
    """The queue with the change of the event, which may be the next part of the last one."""
    change_id, last = ChangeId(event.event_id), queue.last
    # Only behind an event that is full can there be a further part.
    if last is not None and last.change.size >= MAX_HEXES and last.id == earlier_part(change_id):
        whole = _joined(last.change, event.change)
        if whole is not None:
            return queue.without(last).with_next(StagedChange(change_id, whole, last.parts))
    return queue.with_next(StagedChange(change_id, event.change))


def _joined(first: Change, rest: Change) -> Change | None:
    match first, rest:
        case StagedReveal(audience=audience), StagedReveal() if rest.audience == audience:
            # Not validated once more: each part was.
            return first.model_copy(update={"hex_keys": first.hex_keys + rest.hex_keys})
        case StagedUpdate(), StagedUpdate():
            return first.model_copy(update={"changes": first.changes + rest.changes})
        case _:
            return None  # which no command causes
