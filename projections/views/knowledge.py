"""Who knows what: which hexes, and whether the queue of staged changes."""

from __future__ import annotations

from collections.abc import Iterable

from domain.hexes import UNKNOWN_TERRAIN, HexKey
from domain.ids import UserId
from projections.knowers import Knowers
from projections.messages import (
    HexTerrain,
    WireAudience,
)
from projections.people import Viewer
from projections.pieces import all_of, in_order
from projections.room_state import RoomState
from projections.turns import Turns

ANY_PLAYER = Viewer(UserId(""), "player")
"""A player whom no reveal ever named."""

ANY_DM = Viewer(UserId(""), "dm")


def view_key(viewer: Viewer, room: RoomState) -> Viewer:
    """Stands for all viewers who see the same in this room, so that what they get is encoded once.

    Holds for `state_for`, and for `messages_for` with the room after the event, but for `player:joined` and
    `player:left`, which the person itself does not get.
    """
    if viewer.role == "dm":
        return ANY_DM
    return viewer if viewer.user_id in room.singled_out else ANY_PLAYER


def sees_queue(viewer: Viewer) -> bool:
    """Whether `staged_for` gives something."""
    return viewer.role == "dm"


def knows(viewer: Viewer, knowers: Knowers) -> bool:
    """The one place that says what an audience means."""
    return viewer.role == "dm" or knowers is None or viewer.user_id in knowers


def known_keys(viewer: Viewer, room: RoomState) -> Turns[list[HexKey]]:
    """Looks at nothing that the viewer does not know: else the time that it takes would tell how much that is."""
    known = all_of(room.knowers) if viewer.role == "dm" else room.shown.to(viewer.user_id)
    return (yield from in_order((yield from known)))


def all_hexes(room: RoomState) -> Turns[list[HexKey]]:
    return (yield from in_order((yield from all_of(room.terrain, room.knowers))))


def terrain_of(keys: Iterable[HexKey], room: RoomState) -> list[HexTerrain]:
    known = room.terrain
    return [{"key": key, "terrain": known.get(key, UNKNOWN_TERRAIN)} for key in keys]


def wire_knowers(knowers: Knowers) -> WireAudience:
    return "all" if knowers is None else sorted(knowers)
