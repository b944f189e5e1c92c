"""The rules of the table: what a command makes happen, or why it is refused."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container
from typing import NamedTuple, assert_never
from uuid import UUID

from domain.commands import (
    AnyCommand,
    ChangeOfHexes,
    EndSession,
    ImportMap,
    ImportTogether,
    PauseSession,
    PublishChanges,
    RecordArrival,
    RecordDeparture,
    ResumeSession,
    RevealHexes,
    SetBroadcastMode,
    StartSession,
    UndoChange,
    UpdateHexes,
)
from domain.events import (
    Audience,
    BroadcastModeChanged,
    ChangesDiscarded,
    ChangesPublished,
    ChangeStaged,
    ChangeUndone,
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
from domain.ids import ChangeId, UserId
from domain.map_parts import MapHasChanged, check_part
from domain.parts import Fact, as_one, parts
from domain.refusals import (
    ModeChanged,
    NoActiveSession,
    NoPausedSession,
    NoSession,
    NoSuchChange,
    NothingStaged,
    SessionAlreadyActive,
    SessionIsPaused,
    TooManyStaged,
    UnknownPlayer,
)
from domain.staged import StagedChange
from domain.table import Table

STAGED_HEXES = 100_000
"""Beyond so many in all staged changes together no more is staged: a publish carries them out at once."""


class CommandContext(NamedTuple):
    """What the rules look at besides the table: who plays in the campaign, who is connected, how much may be staged.

    `members` are all of the campaign, its DMs too.
    """

    players: Container[str]
    online: Collection[UserId] = ()
    max_staged: int = 1_000
    members: Container[str] = ()


def decide(command: AnyCommand, table: Table, context: CommandContext, new_id: Callable[[], UUID]) -> list[Fact]:
    """What the command makes happen, in order; nothing if there is nothing to record.

    Raises a Refused when the rules say no. Pure but for `new_id`.
    """
    match command:
        case RevealHexes():
            _check_mode(command, table)
            return as_one(_reveal(command, table, context), new_id)
        case UpdateHexes():
            _check_mode(command, table)
            return as_one(_update(command, table, context), new_id)
        case UndoChange():
            return as_one(_undo(command, table), new_id)
        case PublishChanges():
            return [_publish(table)]
        case SetBroadcastMode():
            return _set_mode(command, table)
        case StartSession():
            return [_start(table, context, new_id)]
        case PauseSession():
            return [_pause(table)]
        case ResumeSession():
            return [_resume(table)]
        case EndSession():
            return _end(table)
        case ImportMap():
            return [_import(command, table)]
        case ImportTogether():
            first, *others = command.parts
            return [_import(first, table), *map(_imported, others)]
        case RecordArrival():
            arrived = table.is_live and command.player not in table.present
            return [Fact(PlayerJoined, {"player_id": command.player})] if arrived else []
        case RecordDeparture():
            gone = command.player not in context.online
            departed = table.is_live and gone and command.player in table.present
            return [Fact(PlayerLeft, {"player_id": command.player})] if departed else []
        case _:
            assert_never(command)


def _start(table: Table, context: CommandContext, new_id: Callable[[], UUID]) -> Fact:
    if table.status == "active":
        raise SessionAlreadyActive
    if table.status == "paused":
        raise SessionIsPaused
    fields = {"session_id": new_id(), "number": table.sessions + 1, "present": tuple(sorted(context.online))}
    return Fact(SessionStarted, fields)


def _pause(table: Table) -> Fact:
    if table.status != "active":
        raise NoActiveSession
    return Fact(SessionPaused, {})


def _resume(table: Table) -> Fact:
    if table.status != "paused":
        raise NoPausedSession
    return Fact(SessionResumed, {})


def _end(table: Table) -> list[Fact]:
    if not table.is_live:
        raise NoSession
    # The discard comes first: it belongs to the session that ends.
    return [*_discard(table), Fact(SessionEnded, {})]


def _set_mode(command: SetBroadcastMode, table: Table) -> list[Fact]:
    leaves_staged = table.mode == "staged" and command.mode == "immediate"
    dropped = _discard(table) if leaves_staged else []
    return [*dropped, Fact(BroadcastModeChanged, {"mode": command.mode})]


def _discard(table: Table) -> list[Fact]:
    if not table.staged:
        return []
    return [Fact(ChangesDiscarded, {"change_ids": _all_ids(table)})]


def _publish(table: Table) -> Fact:
    if not table.staged:
        raise NothingStaged
    return Fact(ChangesPublished, {"change_ids": _all_ids(table)})


def _all_ids(table: Table) -> tuple[ChangeId, ...]:
    return tuple(part for change in table.staged for part in change.parts)


def _undo(command: UndoChange, table: Table) -> list[Fact]:
    return [Fact(ChangeUndone, {"change_id": part}) for part in _change_to_undo(command, table).parts]


def _change_to_undo(command: UndoChange, table: Table) -> StagedChange:
    if command.change_id is not None:
        named = _change_of_id(command.change_id, table)
        if named is None:
            raise NoSuchChange.with_id()
        return named
    placed = table.staged.at(command.index) if command.index is not None else None
    if placed is None:
        raise NoSuchChange.at_index()
    return placed


def _change_of_id(change_id: str, table: Table) -> StagedChange | None:
    try:
        named = table.staged.with_id(ChangeId(UUID(change_id)))
    except ValueError:
        return None
    # An id may be written in several ways, of which one was told.
    return named if named is not None and str(named.id) == change_id else None


def _reveal(command: RevealHexes, table: Table, context: CommandContext) -> list[Fact]:
    audience = _audience(command, context)
    if table.mode == "immediate":
        return [Fact(HexesRevealed, {"hex_keys": keys, "audience": audience}) for keys in parts(command.hex_keys)]
    _check_room_for_one_more(table, context)
    changes = [StagedReveal(hex_keys=keys, audience=audience) for keys in parts(command.hex_keys)]
    return [Fact(ChangeStaged, {"change": change}) for change in changes]


def _update(command: UpdateHexes, table: Table, context: CommandContext) -> list[Fact]:
    changes = [(change["key"], change["terrain"]) for change in command.changes]
    if table.mode == "immediate":
        return [Fact(HexesUpdated, {"changes": some}) for some in parts(changes)]
    _check_room_for_one_more(table, context)
    return [Fact(ChangeStaged, {"change": StagedUpdate(changes=some)}) for some in parts(changes)]


def _import(command: ImportMap, table: Table) -> Fact:
    if command.part is not None:
        check_part(command.part, table.imports)
        if command.part.takes_back and command.changes and command.after != table.painted:
            raise MapHasChanged
    return _imported(command)


def _imported(command: ImportMap) -> Fact:
    fields = {"changes": command.changes, "variants": command.variants, "grid": command.grid, "part": command.part}
    return Fact(HexesUpdated, fields)


def _check_mode(command: ChangeOfHexes, table: Table) -> None:
    if command.mode not in (None, table.mode):
        raise ModeChanged(table.mode)


def _check_room_for_one_more(table: Table, context: CommandContext) -> None:
    if len(table.staged) >= context.max_staged or table.staged.hexes >= STAGED_HEXES:
        raise TooManyStaged


def _audience(command: RevealHexes, context: CommandContext) -> Audience:
    """The players among the targets. A DM knows everything: where only DMs are named, nobody is shown anything."""
    if command.targets == "all":
        return "all"
    chosen = command.targets["playerIds"]
    for target in chosen:
        if target not in context.players and target not in context.members:
            raise UnknownPlayer(target)
    return tuple(target for target in chosen if target in context.players)
