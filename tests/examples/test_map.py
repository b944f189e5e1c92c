"""The map of the examples makes sense as a piece of land. Read from the file, without the generator."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Collection, Iterable
from typing import Any

import pytest

from tests.examples.programs import EXAMPLES, load
from transport.maps.file import read_map

Place = tuple[int, int]
FILE = EXAMPLES / "fogbound-coast.json"


class Land:
    """The file by axial place."""

    def __init__(self, file: dict[str, Any]) -> None:
        self.file = file
        self.terrain: dict[Place, str] = {(one["q"], one["r"]): one["terrain"] for one in file["hexes"]}
        self.river = {(one["q"], one["r"]) for one in file["hexes"] if one["terrainVariant"] == "river"}

    def of(self, *kinds: str) -> set[Place]:
        return {place for place, kind in self.terrain.items() if kind in kinds}

    @property
    def sea(self) -> set[Place]:
        return self.of("water") - self.river

    def around(self, place: Place) -> list[Place]:
        q, r = place
        six = [(q + 1, r), (q + 1, r - 1), (q, r - 1), (q - 1, r), (q - 1, r + 1), (q, r + 1)]
        return [one for one in six if one in self.terrain]

    def touches(self, place: Place, others: Collection[Place]) -> bool:
        return any(one in others for one in self.around(place))

    def pieces(self, places: Iterable[Place]) -> list[set[Place]]:
        """The places, parted into those that hang together."""
        left, found = set(places), []
        while left:
            piece, open_ends = set[Place](), deque([left.pop()])
            while open_ends:
                here = open_ends.popleft()
                piece.add(here)
                reached = left.intersection(self.around(here))
                left -= reached
                open_ends.extend(reached)
            found.append(piece)
        return found


def row(place: Place) -> int:
    """From the north edge."""
    return place[1] + place[0] // 2


@pytest.fixture(scope="module")
def land() -> Land:
    return Land(json.loads(FILE.read_text()))


def test_file_is_what_the_generator_writes() -> None:
    """The committed file comes from the committed generator and its seed, byte for byte."""
    program = load("make_map.py")
    assert FILE.read_text() == program["map_file"](program["make_world"]())


def test_other_seeds_give_other_lands() -> None:
    """The seed decides."""
    program = load("make_map.py")
    assert program["map_file"](program["make_world"](13)) != FILE.read_text()


def test_file_can_be_imported(land: Land) -> None:
    """The engine takes the file, all of its at least 600 hexes and its layout."""
    parts = read_map(FILE.read_bytes())
    assert sum(len(part.changes) for part in parts) == len(land.terrain) >= 600
    grid = parts[0].grid
    assert grid is not None
    assert (grid.width * grid.height, grid.orientation) == (len(land.terrain), "flat")


def test_hexes_fill_the_grid(land: Land) -> None:
    """Every column and row has its hex."""
    width, height = land.file["gridWidth"], land.file["gridHeight"]
    assert {(q, row((q, r))) for q, r in land.terrain} == {(q, y) for q in range(width) for y in range(height)}


def test_coasts_lie_between_land_and_sea(land: Land) -> None:
    """Coast touches the sea, and all land that the sea touches is coast, a town at the shore, or a river's mouth."""
    coast = land.of("coast")
    assert coast
    assert all(land.touches(place, land.sea) for place in coast)
    shore = {place for place in set(land.terrain) - land.sea if land.touches(place, land.sea)}
    assert {land.terrain[place] for place in shore} <= {"coast", "urban", "water", "mountain"}
    assert shore & land.of("water") <= land.river
    assert len(shore & land.of("mountain")) == 0


def test_rivers_run_from_the_range_to_the_sea(land: Land) -> None:
    """Every river begins at the mountains and reaches the sea."""
    rivers = land.pieces(land.river)
    assert len(rivers) >= 2
    for river in rivers:
        assert len(river) >= 5
        assert any(land.touches(place, land.of("mountain", "underdark")) for place in river)
        assert any(land.touches(place, land.sea) for place in river)


def test_sea_is_one(land: Land) -> None:
    """There is one sea, and it reaches the western edge."""
    (sea,) = land.pieces(land.sea)
    assert any(q == 0 for q, _ in sea)


def test_mountains_are_one_range(land: Land) -> None:
    """The mountains, with the gate in them, hang together from the north edge to the south edge."""
    (range_,) = land.pieces(land.of("mountain", "underdark"))
    assert {row(place) for place in range_} == set(range(land.file["gridHeight"]))
    gates = land.of("underdark")
    assert gates
    assert all(set(land.around(gate)) <= land.of("mountain") for gate in gates)


def test_desert_lies_in_the_rain_shadow(land: Land) -> None:
    """West of every desert hex stand mountains, between it and the sea; the forests stand on the wet side."""
    crest = {y: max(q for q, r in land.of("mountain") if row((q, r)) == y) for y in range(land.file["gridHeight"])}
    desert, forest = land.of("desert"), land.of("forest")
    assert len(desert) >= 30
    assert len(forest) >= 30
    assert all(q > crest[row((q, r))] for q, r in desert)
    assert all(q < crest[row((q, r))] for q, r in forest)


def test_swamp_is_wet_and_arctic_is_north(land: Land) -> None:
    """Swamp lies at rivers, ice at the northern edge."""
    assert all(land.touches(place, land.river) for place in land.of("swamp"))
    assert {row(place) for place in land.of("arctic")} <= {0, 1}


def test_people_live_where_they_would(land: Land) -> None:
    """There are a few towns, most of them at water."""
    towns = land.of("urban")
    assert 3 <= len(towns) <= 8
    at_water = [town for town in towns if land.touches(town, land.of("water"))]
    assert len(at_water) > len(towns) / 2


def test_all_usual_terrains_occur(land: Land) -> None:
    """Each of the protocol's ten terrains is somewhere."""
    assert set(Counter(land.terrain.values())) == {
        *("forest", "desert", "grassland", "mountain", "water"),
        *("swamp", "arctic", "coast", "underdark", "urban"),
    }
