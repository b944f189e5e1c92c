"""What a map was like before an import: put back, it is as if the import had never been."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from hypothesis import given as forall
from hypothesis import strategies as st

from domain.commands import AnyCommand, ImportMap, ImportTogether
from domain.hexes import Grid
from domain.ids import ImportId
from domain.map_parts import MapPart
from projections.before_import import BeforeImport
from projections.layout import NO_GRID
from projections.people import Viewer
from projections.room_state import RoomState, Step
from projections.viewer_state import ViewerState
from projections.views import ANY_DM, map_for, messages_for, state_for
from tests.domain.scenario import ADA, IMMEDIATE, PUBLISH, STAGED, message, reveal
from tests.laws.evenings import PEOPLE, VIEWERS, Evening, keys, terrains
from transport.history.map_imports import commands_back

IMPORT = ImportId(UUID(int=77))
POINTY = Grid(name="Lair", width=9, height=9, hex_size=31, orientation="pointy")


def part(hexes: dict[str, str], number: int, left: int, of: UUID = IMPORT, grid: Grid = POINTY) -> ImportMap:
    """Each hex with a variant."""
    what = MapPart(import_id=of, file=f"{of.int:064}", number=number, left=left)
    return ImportMap(tuple(hexes.items()), tuple((key, 3) for key in hexes), grid, what)


def update(hexes: dict[str, str]) -> AnyCommand:
    return message("hex:update", changes=[{"key": key, "terrain": kind} for key, kind in hexes.items()])


def before(evening: Evening, begun: int) -> BeforeImport:
    """Worked out from the events after that version."""
    found = BeforeImport(IMPORT, evening.rooms[begun])
    for n in range(begun, len(evening.events)):
        found.take(Step(evening.events[n], evening.rooms[n], evening.rooms[n + 1]))
    return found


def take_back(evening: Evening, begun: int) -> None:
    """With all that the log tells."""
    stop = MapPart(import_id=IMPORT, file=f"{IMPORT.int:064}", number=1, left=1, takes_back=True)
    assert evening.give(ImportMap((), part=stop)) is None
    found = before(evening, begun)
    assert found.unfinished is not None
    after = found.painted
    for first, *others in commands_back(found, found.unfinished):
        assert evening.give(ImportTogether([replace(first, after=after), *others])) is None
        after = evening.room.table.painted


def looks(room: RoomState) -> Any:
    """What a DM, and a player to whom all is shown, have of the map."""
    return room.terrain, room.variants, room.pointy, room.grid or NO_GRID, map_for(ANY_DM, room, "Fog")


def told(evening: Evening, viewer: Viewer) -> ViewerState:
    """What somebody knows who was told of everything."""
    knows = ViewerState.of(state_for(viewer, evening.rooms[0], PEOPLE))
    for n, event in enumerate(evening.events):
        for push in messages_for(viewer, event, evening.rooms[n], evening.rooms[n + 1], PEOPLE):
            knows.apply(push)
    return knows


maps = st.dictionaries(keys, terrains, max_size=4)


@forall(maps, maps, st.dictionaries(keys, terrains, min_size=1, max_size=5), st.booleans())
def test_taking_back_undoes_it(drawn: dict[str, str], imported: dict[str, str], new: dict[str, str], had: bool) -> None:
    """Whatever was there before: nothing, hexes by hand, or of another map."""
    evening = Evening()
    if had:
        evening.give(part(imported, 1, 0, of=UUID(int=5), grid=POINTY.model_copy(update={"name": "Old"})))
    if drawn:
        evening.give(update(drawn))
    evening.give(reveal("0,0", to=[ADA]))
    begun, was = len(evening.events), looks(evening.room)
    first, rest = dict(list(new.items())[:1]), dict(list(new.items())[1:])
    evening.give(part(first, 1, 99))
    if rest:
        evening.give(part(rest, 2, 98))
    assert evening.room.table.imports
    take_back(evening, begun)
    assert looks(evening.room) == was
    assert evening.room.table.imports == ()
    for viewer in VIEWERS:
        assert told(evening, viewer) == ViewerState.of(state_for(viewer, evening.room, PEOPLE))


def test_what_was_changed_since_stays() -> None:
    """By hand, by a publish, and by another import, which keeps its layout, too."""
    evening = Evening()
    evening.give(part({"0,0": "forest", "1,0": "forest", "2,0": "forest", "2,1": "forest"}, 1, 5))
    evening.give(update({"0,0": "ice"}))
    for command in (STAGED, update({"1,0": "ice"}), reveal("2,1"), PUBLISH, IMMEDIATE):
        evening.give(command)
    evening.give(part({"2,0": "ice"}, 1, 0, of=UUID(int=5), grid=POINTY.model_copy(update={"name": "New"})))
    take_back(evening, 0)
    assert dict(evening.room.terrain) == {"0,0": "ice", "1,0": "ice", "2,0": "ice"}
    assert evening.room.grid is not None
    assert evening.room.grid.name == "New"


def test_a_hex_that_leaves_the_map_has_no_variant() -> None:
    """Also one that a file had set to `unknown`, with a variant: it is as one that nobody set."""
    evening = Evening()
    evening.give(ImportMap((("0,0", "unknown"), ("1,0", "ice")), (("0,0", 3),), POINTY))
    evening.give(part({"0,0": "forest"}, 1, 5))
    take_back(evening, 1)
    assert dict(evening.room.terrain) == {"1,0": "ice"}
    assert dict(evening.room.variants) == {}


def test_it_goes_on_where_it_stopped() -> None:
    """What was put back, and changed after that, is not put back once more."""
    evening = Evening()
    evening.give(update({"0,0": "ice", "1,0": "ice"}))
    evening.give(part({"0,0": "forest", "1,0": "forest"}, 1, 5))
    stop = MapPart(import_id=IMPORT, file=f"{IMPORT.int:064}", number=1, left=2, takes_back=True)
    evening.give(ImportMap((), part=stop))
    half = stop.model_copy(update={"number": 2, "left": 1})
    evening.give(ImportMap((("0,0", "ice"),), part=half, after=evening.room.table.painted))
    evening.give(update({"0,0": "lava"}))
    found = before(evening, 1)
    assert found.hexes.keys() == {"1,0"}
    assert found.grid is None
