"""From which command an event must have come."""

from __future__ import annotations

from typing import assert_never

from domain.commands import (
    AnyCommand,
    ChosenPlayers,
    EndSession,
    ImportMap,
    PauseSession,
    PublishChanges,
    RecordArrival,
    RecordDeparture,
    ResumeSession,
    RevealHexes,
    SetBroadcastMode,
    StartSession,
    TerrainChange,
    UndoChange,
    UpdateHexes,
)
from domain.events import (
    BroadcastModeChanged,
    ChangesPublished,
    ChangeStaged,
    ChangeUndone,
    HexesRevealed,
    HexesUpdated,
    PlayerJoined,
    PlayerLeft,
    Reveal,
    SessionEnded,
    SessionPaused,
    SessionResumed,
    SessionStarted,
    StagedReveal,
    StagedUpdate,
)
from domain.table import Table

Named = (
    SessionStarted
    | SessionPaused
    | SessionResumed
    | SessionEnded
    | BroadcastModeChanged
    | HexesRevealed
    | HexesUpdated
    | ChangeStaged
    | ChangeUndone
    | ChangesPublished
    | PlayerJoined
    | PlayerLeft
)
"""All events but the one that goes before another of its command."""


def cause_of(event: Named, table: Table) -> AnyCommand:
    """The command that makes it happen at this table, if the rules allow it."""
    match event:
        case HexesRevealed():
            return _revealing(event)
        case HexesUpdated():
            # By hand or by a map: in old logs many parts of a map look as if they were made by hand.
            return ImportMap(event.changes, event.variants, event.grid, event.part, table.painted)
        case ChangeStaged():
            return _staging(event.change)
        case ChangeUndone():
            # Of a change that several events staged the first part is undone first, and the last names it.
            whole = table.staged.staged_by(event.change_id)
            named = event.change_id if whole is None else whole.id
            return UndoChange.model_construct(type="staged:undo", change_id=str(named), index=None)
        case ChangesPublished():
            return PublishChanges(type="broadcast:publish")
        case BroadcastModeChanged():
            return SetBroadcastMode(type="broadcast:mode", mode=event.mode)
        case SessionStarted():
            return StartSession(type="session:start")
        case SessionPaused():
            return PauseSession(type="session:pause")
        case SessionResumed():
            return ResumeSession(type="session:resume")
        case SessionEnded():
            return EndSession(type="session:end")
        case PlayerJoined():
            return RecordArrival(event.player_id)
        case PlayerLeft():
            return RecordDeparture(event.player_id)
        case _:
            assert_never(event)


def _staging(change: StagedReveal | StagedUpdate) -> AnyCommand:
    if isinstance(change, StagedReveal):
        return _revealing(change)
    changes = [TerrainChange(key=key, terrain=terrain) for key, terrain in change.changes]
    return UpdateHexes.model_construct(type="hex:update", changes=changes)


def _revealing(reveal: Reveal) -> AnyCommand:
    audience = reveal.audience
    # Not validated: where only DMs were named the event names nobody, which no command may.
    return RevealHexes.model_construct(
        type="hex:reveal",
        hex_keys=list(reveal.hex_keys),
        targets="all" if audience == "all" else ChosenPlayers(playerIds=list(audience)),
    )
