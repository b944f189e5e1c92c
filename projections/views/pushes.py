"""What a viewer is told when an event happens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import assert_never

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
)
from domain.hexes import HexKey
from domain.ids import UserId
from domain.parts import is_earlier_part
from domain.staged import StagedChange
from domain.table import Table
from projections.gist import Gist, gist_of
from projections.knowers import Knowers, named_by
from projections.map_imports import imports_list
from projections.messages import (
    HexRevealed,
    HexUpdated,
    Push,
    StagedChanges,
)
from projections.net_effect import NetEffect
from projections.people import People, Viewer
from projections.pieces import PIECE_HEXES, weight_of
from projections.room_state import RoomState
from projections.staged_list import staged_list
from projections.views.knowledge import (
    knows,
    sees_queue,
    terrain_of,
    wire_knowers,
)

_OF_THE_QUEUE = frozenset({ChangeStaged, ChangeUndone, ChangesDiscarded})


def messages_for(
    viewer: Viewer,
    event: Event,
    before: RoomState,
    after: RoomState,
    people: People,
    *,
    gist: Gist | None = None,
) -> list[Push]:
    """What the viewer is told of the event, in order; nothing if it does not concern the viewer.

    `gist` is that of the event, from whoever asks for several viewers.
    """
    event_id, effect = gist or gist_of(event, before)
    match event:
        case HexesRevealed():
            return _told_revealed(viewer, event, after, event_id)
        case HexesUpdated():
            return _told_updated_at_once(viewer, event, before, after, event_id)
        case ChangeStaged() | ChangeUndone() | ChangesDiscarded():
            return staged_for(viewer, after, people, event_id)
        case ChangesPublished():
            told = _told_published(viewer, effect, before, after, event_id)
            return told + staged_for(viewer, after, people, event_id)
        case SessionStarted() | SessionPaused() | SessionResumed() | SessionEnded():
            return [_status_changed(after.table, event_id)]
        case BroadcastModeChanged():
            return [{"type": "dm:preparing", "preparing": event.mode == "staged", "eventId": event_id}]
        case PlayerJoined():
            return [joined(event.player_id, event_id, people)] if viewer.user_id != event.player_id else []
        case PlayerLeft():
            return [left(event.player_id, event_id)] if viewer.user_id != event.player_id else []
        case _:
            assert_never(event)


def joined(user: UserId, event_id: str, people: People) -> Push:
    """What all others are told; with the name of today, as names are not in the log."""
    member = people.members.get(user)
    if member is None:
        return {"type": "player:joined", "userId": user, "name": "", "eventId": event_id}
    return {"type": "player:joined", "userId": user, "name": member.name, "role": member.role, "eventId": event_id}


def left(user: UserId, event_id: str) -> Push:
    """What all others are told."""
    return {"type": "player:left", "userId": user, "eventId": event_id}


def changes_only_the_queue(event: Event) -> bool:
    """Whether `messages_for` gives just what `staged_for` gives: of many such events the last is enough."""
    return type(event) in _OF_THE_QUEUE


def staged_for(viewer: Viewer, room: RoomState, people: People, event_id: str | None) -> list[Push]:
    """The queue, whole, for a DM; nothing for a player. `event_id` is the newest event's, if it is known."""
    if not sees_queue(viewer):
        return []
    told: StagedChanges = {"type": "staged:changes", "changes": staged_list(room.table.staged, people.members)}
    if event_id is not None:
        told["eventId"] = event_id
    return [told]


def _status_changed(table: Table, event_id: str) -> Push:
    session = str(table.session_id) if table.session_id else None
    return {
        "type": "session:statusChanged",
        "status": table.status,
        "sessionId": session,
        "eventId": event_id,
    }


def _told_revealed(viewer: Viewer, event: HexesRevealed, after: RoomState, event_id: str) -> list[Push]:
    granted = named_by(event.audience)
    if granted == frozenset() or not knows(viewer, granted):
        return []
    told = _hex_revealed(event.hex_keys, after, event_id)
    if viewer.role == "dm":
        told["to"] = wire_knowers(granted)
    return [told]


def _told_updated_at_once(
    viewer: Viewer, event: HexesUpdated, before: RoomState, after: RoomState, event_id: str
) -> list[Push]:
    if is_earlier_part(event.event_id):
        return []
    keys = [key for key, _ in chain(before.begun, event.changes)]
    told = _told_updated(viewer, keys, before, after, event_id)
    if viewer.role != "dm":
        return [*told]
    if told and (gone := [key for key in keys if key not in after.terrain and key not in after.knowers]):
        told[0]["gone"] = gone
    if before.table.imports != after.table.imports:
        return [*told, {"type": "map:imports", "imports": imports_list(after.table.imports), "eventId": event_id}]
    return [*told]


def _told_updated(
    viewer: Viewer, keys: Iterable[HexKey], before: RoomState, after: RoomState, event_id: str
) -> list[HexUpdated]:
    nobody: Knowers = frozenset()
    seen = [key for key in keys if knows(viewer, before.knowers.get(key, nobody))]
    return [{"type": "hex:updated", "changes": terrain_of(seen, after), "eventId": event_id}] if seen else []


def _told_published(
    viewer: Viewer, effect: NetEffect, before: RoomState, after: RoomState, event_id: str
) -> list[Push]:
    told: list[Push] = [*_told_updated(viewer, effect.updated, before, after, event_id)]
    shown = [key for key, knowers in effect.granted.items() if knows(viewer, knowers)]
    if shown:
        revealed = _hex_revealed(shown, after, event_id)
        if viewer.role == "dm":
            _name_knowers(revealed, effect.granted, before.table.staged)
        told.append(revealed)
    return told


def _name_knowers(told: HexRevealed, granted: Mapping[HexKey, Knowers], staged: Iterable[StagedChange]) -> None:
    """Each audience of the publish is written once, and each hex once for each: not all people for all hexes."""
    shown = _by_audience(staged)
    named = [knowers for knowers in shown if knowers is not None]
    told["to"] = "all" if len(named) < len(shown) else wire_knowers(frozenset[UserId]().union(*named))
    first = granted[told["hexKeys"][0]]
    if all(granted[key] == first for key in told["hexKeys"]):
        return
    told["audiences"] = [{"hexKeys": list(keys), "to": wire_knowers(knowers)} for knowers, keys in shown.items()]
    if sum(1 + weight_of(granted[key]) for key in told["hexKeys"]) <= PIECE_HEXES:
        told["reveals"] = [{"key": key, "to": wire_knowers(granted[key])} for key in told["hexKeys"]]


def _by_audience(staged: Iterable[StagedChange]) -> dict[Knowers, dict[HexKey, None]]:
    """The hexes that are shown, by those who are named; with those of each in the order of staging."""
    shown: dict[Knowers, dict[HexKey, None]] = {}
    for waiting in staged:
        if isinstance(waiting.change, StagedReveal) and waiting.change.audience:
            shown.setdefault(named_by(waiting.change.audience), {}).update(dict.fromkeys(waiting.change.hex_keys))
    return shown


def _hex_revealed(keys: Iterable[HexKey], after: RoomState, event_id: str) -> HexRevealed:
    hexes = list(keys)
    return {
        "type": "hex:revealed",
        "hexKeys": hexes,
        "terrain": terrain_of(hexes, after),
        "eventId": event_id,
    }
