"""The map as a viewer knows it."""

from __future__ import annotations

from collections.abc import Generator

from domain.hexes import UNKNOWN_TERRAIN, HexKey
from projections.layout import NO_GRID, NOWHERE, axial, extent
from projections.map_imports import imports_list
from projections.messages import (
    MapHex,
    MapView,
)
from projections.people import Viewer
from projections.pieces import in_pieces
from projections.room_state import RoomState
from projections.views.knowledge import (
    all_hexes,
    known_keys,
)


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
    keys = yield from (all_hexes(room) if viewer.role == "dm" else known_keys(viewer, room))
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


def _map_hex(key: HexKey, room: RoomState) -> MapHex:
    q, r = axial(key)
    terrain = room.terrain.get(key, UNKNOWN_TERRAIN)
    return {"key": key, "q": q, "r": r, "terrain": terrain, "terrainVariant": room.variants.get(key)}
