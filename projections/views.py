"""What somebody sees. Nothing else decides that: every push, snapshot, HTTP answer and replay comes from here.

`state_for` is what a viewer knows at a moment, `messages_for` what a viewer is told when an event happens. Folding
the second into the first gives the first again, for every viewer and at every event; tests/laws holds them to it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Literal, NamedTuple, assert_never, cast

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
from domain.hexes import UNKNOWN_TERRAIN, HexKey
from domain.ids import UserId
from domain.parts import is_earlier_part
from domain.table import StagedChange, Table
from projections.gist import Gist, gist_of
from projections.layout import NO_GRID, NOWHERE, axial, extent
from projections.map_imports import imports_list
from projections.messages import (
    HexRevealed,
    HexTerrain,
    HexUpdated,
    MapHex,
    MapView,
    PersonHere,
    Push,
    SessionState,
    StagedChanges,
    WireAudience,
)
from projections.net_effect import NetEffect
from projections.people import Member, People, Viewer
from projections.pieces import PIECE_HEXES, all_of, in_order, in_pieces, weight_of
from projections.room_state import RoomState, named_by
from projections.shown_hexes import Knowers
from projections.staged_list import staged_list, weight_of_change
from projections.turns import Turns

ANY_PLAYER = Viewer(UserId(""), "player")
"""A player whom no reveal ever named."""

ANY_DM = Viewer(UserId(""), "dm")

_OF_THE_QUEUE = frozenset({ChangeStaged, ChangeUndone, ChangesDiscarded})


def same_eyes(viewer: Viewer, room: RoomState) -> Viewer:
    """Stands for all viewers who see the same in this room, so that what they get is encoded once.

    Holds for `state_for`, and for `messages_for` with the room after the event, but for `player:joined` and
    `player:left`, which the person itself does not get.
    """
    if viewer.role == "dm":
        return ANY_DM
    return viewer if viewer.user_id in room.singled_out else ANY_PLAYER


def state_for(viewer: Viewer, room: RoomState, people: People) -> SessionState:
    """All that the viewer may know now. A large map takes long: see `known_hexes`."""
    state = state_without_people(viewer, room, people)
    state["connectedPlayers"] = people_list(people)
    return state


def state_without_people(viewer: Viewer, room: RoomState, people: People) -> SessionState:
    """The same without the list of people, of whom there may be thousands."""
    state = state_without_lists(viewer, room)
    lists = cast("dict[str, list[object]]", state)
    if sees_queue(viewer):
        lists["stagedChanges"] += staged_list(room.table.staged, people.members)
    for piece in known_hexes(viewer, room):
        if piece is not None:
            lists[piece.of] += piece.items
    return state


def state_without_lists(viewer: Viewer, room: RoomState) -> SessionState:
    """The same with the lists empty that `known_hexes` and `staged_list` fill."""
    state: SessionState = {
        "type": "session:state",
        "status": room.table.status,
        "broadcastMode": room.table.mode,
        "connectedPlayers": [],
        "revealedHexes": [],
        "preparing": room.table.mode == "staged",
        "sessionId": str(room.table.session_id) if room.table.session_id else None,
        "terrain": [],
    }
    if viewer.role == "dm":
        state["stagedChanges"] = []
        state["reveals"] = []
        if room.table.imports:
            state["mapImports"] = imports_list(room.table.imports)
    return state


class Piece(NamedTuple):
    """The next items of one of the lists of a state."""

    of: Literal["revealedHexes", "terrain", "reveals"]
    items: Sequence[object]


def known_hexes(
    viewer: Viewer, room: RoomState, written: Callable[[WireAudience], object] = lambda to: to
) -> Iterator[Piece | None]:
    """The hexes of `state_for`, list after list; each piece, and each None, is a millisecond or two of work.

    `written` makes of an audience what stands for it, once for the many hexes that have the same.
    """
    shown = yield from _shown(viewer, room)
    for keys in _each_list(shown):
        yield Piece("revealedHexes", keys)
    there = (yield from _all_hexes(room)) if viewer.role == "dm" else shown
    for keys in _each_list(there):
        yield Piece("terrain", _terrain_of(keys, room))
    if viewer.role == "dm":
        known: dict[Knowers, object] = {}
        for keys in _each_list(shown, lambda key: 1 + weight_of(room.knowers[key])):
            if len(known) > PIECE_HEXES:
                known.clear()
            for knowers in {room.knowers[key] for key in keys} - known.keys():
                known[knowers] = written(_wire_knowers(knowers))
            yield Piece("reveals", [{"key": key, "to": known[room.knowers[key]]} for key in keys])


def _each_list(keys: list[HexKey], weight: Callable[[HexKey], int] | None = None) -> Iterable[list[HexKey]]:
    """In pieces, at least one: a list without hexes is in the state, too."""
    return in_pieces(keys, weight) if keys else ([],)


def weighs_more(viewer: Viewer, room: RoomState, than: int) -> bool:
    """Whether `state_for` writes more than so many hexes, or what weighs as much, by what this viewer knows alone."""
    if viewer.role != "dm":
        return room.shown.most(viewer.user_id) > than
    weight = max(len(room.terrain), len(room.knowers)) + sum(map(weight_of_change, room.table.staged))
    return weight > than or weight + sum(map(weight_of, room.knowers.values())) > than


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


def sees_queue(viewer: Viewer) -> bool:
    """Whether `staged_for` gives something."""
    return viewer.role == "dm"


def staged_for(viewer: Viewer, room: RoomState, people: People, event_id: str | None) -> list[Push]:
    """The queue, whole, for a DM; nothing for a player. `event_id` is the newest event's, if it is known."""
    if not sees_queue(viewer):
        return []
    told: StagedChanges = {"type": "staged:changes", "changes": staged_list(room.table.staged, people.members)}
    if event_id is not None:
        told["eventId"] = event_id
    return [told]


def map_for(viewer: Viewer, room: RoomState, campaign_name: str) -> MapView:
    """The map as a file: what `state_for` shows of it, with the layout. A large one takes long: see `map_in_pieces`."""
    pieces, hexes = map_in_pieces(viewer, room, campaign_name), list[MapHex]()
    while True:
        try:
            piece = next(pieces)
        except StopIteration as done:
            around: MapView = done.value
            return {**around, "hexes": hexes}
        if piece is not None:
            hexes += piece


def map_in_pieces(viewer: Viewer, room: RoomState, campaign_name: str) -> Generator[list[MapHex] | None, None, MapView]:
    """Its hexes, and in the end what is around them; each piece, and each None, is a millisecond or two of work.

    The layout of the DM's map, and that there is one at all, say something of what is hidden. A player gets the
    campaign's name, the extent of the hexes known to that player, and how these stand: all else is as without a map.
    """
    keys = yield from (_all_hexes(room) if viewer.role == "dm" else _shown(viewer, room))
    box, is_pointy = None, False
    for some in in_pieces(keys):
        box = extent(some, box)
        is_pointy = is_pointy or any(key in room.pointy for key in some)
        yield [_map_hex(key, room) for key in some]
    if viewer.role == "dm":
        grid = room.grid or NO_GRID
    else:
        orientation = "pointy" if is_pointy else NO_GRID.orientation
        size = NOWHERE if box is None else box.size
        grid = NO_GRID.model_copy(update={"name": campaign_name, "orientation": orientation, **size})
    view: MapView = {
        "name": grid.name or campaign_name,
        "gridWidth": grid.width,
        "gridHeight": grid.height,
        "hexSize": grid.hex_size,
        "orientation": grid.orientation,
        "hexes": [],
    }
    if viewer.role == "dm" and room.table.imports:
        view["imports"] = imports_list(room.table.imports)
    return view


def people_list(people: People) -> list[PersonHere]:
    """Every member, online or not: no secret to any of them."""
    return [person_here(member, people.online) for member in people.members.values()]


def person_here(member: Member, online: frozenset[UserId]) -> PersonHere:
    """One of them."""
    return {
        "userId": member.user_id,
        "name": member.name,
        "online": member.user_id in online,
        "role": member.role,
    }


def _knows(viewer: Viewer, knowers: Knowers) -> bool:
    """The one place that says what an audience means."""
    return viewer.role == "dm" or knowers is None or viewer.user_id in knowers


def _shown(viewer: Viewer, room: RoomState) -> Turns[list[HexKey]]:
    """Looks at nothing that the viewer does not know: else the time that it takes would tell how much that is."""
    known = all_of(room.knowers) if viewer.role == "dm" else room.shown.to(viewer.user_id)
    return (yield from in_order((yield from known)))


def _all_hexes(room: RoomState) -> Turns[list[HexKey]]:
    return (yield from in_order((yield from all_of(room.terrain, room.knowers))))


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
    if granted == frozenset() or not _knows(viewer, granted):
        return []
    told = _hex_revealed(event.hex_keys, after, event_id)
    if viewer.role == "dm":
        told["to"] = _wire_knowers(granted)
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
    seen = [key for key in keys if _knows(viewer, before.knowers.get(key, nobody))]
    return [{"type": "hex:updated", "changes": _terrain_of(seen, after), "eventId": event_id}] if seen else []


def _told_published(
    viewer: Viewer, effect: NetEffect, before: RoomState, after: RoomState, event_id: str
) -> list[Push]:
    told: list[Push] = [*_told_updated(viewer, effect.updated, before, after, event_id)]
    shown = [key for key, knowers in effect.granted.items() if _knows(viewer, knowers)]
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
    told["to"] = "all" if len(named) < len(shown) else _wire_knowers(frozenset[UserId]().union(*named))
    first = granted[told["hexKeys"][0]]
    if all(granted[key] == first for key in told["hexKeys"]):
        return
    told["audiences"] = [{"hexKeys": list(keys), "to": _wire_knowers(knowers)} for knowers, keys in shown.items()]
    if sum(1 + weight_of(granted[key]) for key in told["hexKeys"]) <= PIECE_HEXES:
        told["reveals"] = [{"key": key, "to": _wire_knowers(granted[key])} for key in told["hexKeys"]]


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
        "terrain": _terrain_of(hexes, after),
        "eventId": event_id,
    }


def _terrain_of(keys: Iterable[HexKey], room: RoomState) -> list[HexTerrain]:
    known = room.terrain
    return [{"key": key, "terrain": known.get(key, UNKNOWN_TERRAIN)} for key in keys]


def _map_hex(key: HexKey, room: RoomState) -> MapHex:
    q, r = axial(key)
    terrain = room.terrain.get(key, UNKNOWN_TERRAIN)
    return {"key": key, "q": q, "r": r, "terrain": terrain, "terrainVariant": room.variants.get(key)}


def _wire_knowers(knowers: Knowers) -> WireAudience:
    return "all" if knowers is None else sorted(knowers)
