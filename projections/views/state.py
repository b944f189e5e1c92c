"""All that a viewer knows at a moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, cast

from domain.hexes import HexKey
from domain.ids import UserId
from projections.knowers import Knowers
from projections.map_imports import imports_list
from projections.messages import (
    PersonHere,
    SessionState,
    WireAudience,
)
from projections.people import Member, People, Viewer
from projections.pieces import PIECE_HEXES, in_pieces, weight_of
from projections.room_state import RoomState
from projections.staged_list import staged_list, weight_of_change
from projections.views.knowledge import (
    all_hexes,
    known_keys,
    sees_queue,
    terrain_of,
    wire_knowers,
)


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
    shown = yield from known_keys(viewer, room)
    for keys in _each_list(shown):
        yield Piece("revealedHexes", keys)
    there = (yield from all_hexes(room)) if viewer.role == "dm" else shown
    for keys in _each_list(there):
        yield Piece("terrain", terrain_of(keys, room))
    if viewer.role == "dm":
        known: dict[Knowers, object] = {}
        for keys in _each_list(shown, lambda key: 1 + weight_of(room.knowers[key])):
            if len(known) > PIECE_HEXES:
                known.clear()
            for knowers in {room.knowers[key] for key in keys} - known.keys():
                known[knowers] = written(wire_knowers(knowers))
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
