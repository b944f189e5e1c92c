"""Draws the Fogbound Coast, from a seed: `python3 examples/make_map.py` writes fogbound-coast.json beside itself.

The lie of the land is decided in the order in which the world does it:

1. Where the sea ends: a shore that wanders from north to south, and some islands off it.
2. Where the mountains stand: a range from north to south, three hexes wide, unbroken.
3. The west wind: it rains between the shore and the range (forest, more of it the nearer to the mountains), and
   hardly behind it (desert, and grassland where the shadow ends). The far north is arctic.
4. Rivers: they spring at the foot of the range and wander down to the sea over the softest ground; where two
   meet, they go on as one. Wet ground along their last stretch is swamp.
5. Coast: all land that the sea touches.
6. People: towns where a river meets the sea, at a river's bend, below the mountains, and one behind them. And
   in the heart of the range a gate to the underdark.

Hexes are flat-topped. They are laid out in columns and rows here, odd columns half a hex lower, and written with
axial coordinates (q, r), as the engine has them.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

SEED = 4
COLUMNS, ROWS = 32, 24
ARCTIC_ROWS = 2
RIVERS_SPRING_AT = (5, 12, 18)  # rows
LEVEL_COSTS = 2.5
"""Times as much as downhill; with less the rivers wander off and meet in the plain."""
FILE = Path(__file__).parent / "fogbound-coast.json"


class Hex(NamedTuple):
    """Axial coordinates."""

    q: int
    r: int

    @property
    def row(self) -> int:
        """From the north edge, as the odd columns have it."""
        return self.r + self.q // 2

    @property
    def key(self) -> str:
        return f"{self.q},{self.r}"


class World(NamedTuple):
    """The terrain of every hex, the course of every river from spring to mouth, and hexes that have a name."""

    terrain: dict[Hex, str]
    rivers: list[list[Hex]]
    places: dict[str, Hex]


def at(column: int, row: int) -> Hex:
    """The hex of a column and a row."""
    return Hex(column, row - column // 2)


def neighbours(hexagon: Hex) -> list[Hex]:
    """Those on the map."""
    around = ((1, 0), (1, -1), (0, -1), (-1, 0), (-1, 1), (0, 1))
    six = (Hex(hexagon.q + q, hexagon.r + r) for q, r in around)
    return [one for one in six if 0 <= one.q < COLUMNS and 0 <= one.row < ROWS]


def distance(one: Hex, other: Hex) -> int:
    """In hexes."""
    q, r = one.q - other.q, one.r - other.r
    return max(abs(q), abs(r), abs(q + r))


def make_world(seed: int = SEED) -> World:
    """The same seed gives the same world."""
    chance = random.Random(seed)
    everywhere = [at(column, row) for row in range(ROWS) for column in range(COLUMNS)]
    sea = _sea(chance, everywhere)
    range_ = _mountains(chance)
    terrain = _weather(chance, everywhere, sea, range_)
    rivers = _rivers(chance, terrain, sea)
    wet = {hexagon for river in rivers for hexagon in river}
    _coast_and_swamp(terrain, sea, wet)
    places = _people(terrain, rivers)
    return World(terrain, rivers, places)


def _wandering(chance: random.Random, middle: float, swing: float) -> Callable[[float], float]:
    """A line from north to south: the column at a row, as a sum of three waves."""
    waves = [(chance.uniform(0, math.tau), length, swing / part) for part, length in ((1, 26), (2, 11), (4, 5))]
    return lambda row: middle + sum(high * math.sin(start + math.tau * row / long) for start, long, high in waves)


def _sea(chance: random.Random, everywhere: Iterable[Hex]) -> set[Hex]:
    shore = _wandering(chance, 8, 3)
    sea = {hexagon for hexagon in everywhere if hexagon.q < shore(hexagon.row)}
    # Islands far enough out that they stay islands, and far enough from the edge that they look like some.
    deep = sorted(one for one in sea if 1 <= one.q < shore(one.row) - 4 and 3 <= one.row < ROWS - 3)
    for island in chance.sample(deep, 2):
        sea -= {island, *chance.sample(neighbours(island), 2)}
    return sea


def _mountains(chance: random.Random) -> set[Hex]:
    ridge = _wandering(chance, 19, 1.5)
    crest = {at(round(ridge(row)), row) for row in range(ROWS)}
    # The crest may jump a column from one row to the next; with all its neighbours the range has no gap.
    return crest.union(*map(neighbours, crest))


def _weather(chance: random.Random, everywhere: Iterable[Hex], sea: set[Hex], range_: set[Hex]) -> dict[Hex, str]:
    terrain: dict[Hex, str] = {}
    for hexagon in everywhere:
        if hexagon in sea:
            terrain[hexagon] = "water"
        elif hexagon in range_:
            terrain[hexagon] = "mountain"
        elif hexagon.row < ARCTIC_ROWS:
            terrain[hexagon] = "arctic"
        else:
            to_range = min(distance(hexagon, peak) for peak in range_)
            is_lee = all(peak.q < hexagon.q for peak in range_ if peak.row == hexagon.row)
            terrain[hexagon] = _in_the_lee(chance, to_range) if is_lee else _in_the_wind(chance, to_range)
    return terrain


def _in_the_wind(chance: random.Random, to_range: int) -> str:
    return "forest" if chance.random() < 0.85 - 0.1 * to_range else "grassland"


def _in_the_lee(chance: random.Random, to_range: int) -> str:
    return "desert" if chance.random() < 1.4 - 0.1 * to_range else "grassland"


def _rivers(chance: random.Random, terrain: dict[Hex, str], sea: set[Hex]) -> list[list[Hex]]:
    ground = {hexagon: chance.uniform(1, 5) for hexagon, kind in sorted(terrain.items()) if kind != "mountain"}
    height = {hexagon: min(distance(hexagon, water) for water in sea) for hexagon in ground}
    rivers: list[list[Hex]] = []
    for row in RIVERS_SPRING_AT:
        first_peak = min(hexagon.q for hexagon, kind in terrain.items() if kind == "mountain" and hexagon.row == row)
        into = sea.union(*rivers)
        course = _cheapest_way(at(first_peak - 1, row), into, ground, height)
        rivers.append(course)
        terrain.update(dict.fromkeys(course, "water"))
    return rivers


def _cheapest_way(start: Hex, goal: set[Hex], ground: dict[Hex, float], height: dict[Hex, int]) -> list[Hex]:
    """Dijkstra's, over ground that costs and never uphill. Ends before the first hex of the goal."""
    ways: list[tuple[float, list[Hex]]] = [(0, [start])]
    seen: set[Hex] = set()
    while ways:
        cost, way = heapq.heappop(ways)
        if way[-1] in goal:
            return way[:-1]
        if way[-1] in seen:
            continue
        seen.add(way[-1])
        for one in neighbours(way[-1]):
            if one in ground and height[one] <= height[way[-1]]:
                is_level = height[one] == height[way[-1]]
                heapq.heappush(ways, (cost + ground[one] * (LEVEL_COSTS if is_level else 1), [*way, one]))
    raise ValueError(f"no way from {start.key} to the sea")


def _coast_and_swamp(terrain: dict[Hex, str], sea: set[Hex], wet: set[Hex]) -> None:
    for hexagon, kind in terrain.items():
        if kind == "water":
            continue
        around = neighbours(hexagon)
        if sea.intersection(around):
            terrain[hexagon] = "coast"
        elif wet.intersection(around) and min(distance(hexagon, water) for water in sea) <= 3:
            terrain[hexagon] = "swamp"


def _people(terrain: dict[Hex, str], rivers: list[list[Hex]]) -> dict[str, Hex]:
    def beside(hexagon: Hex, *kinds: str) -> Hex:
        return min(one for one in neighbours(hexagon) if terrain[one] in kinds)

    middle = rivers[1]
    crest = [one for one, kind in terrain.items() if kind == "mountain"]
    heart = [one for one in crest if all(terrain[around] == "mountain" for around in neighbours(one))]
    lee = [one for one, kind in terrain.items() if kind == "desert" and one.row == rivers[2][0].row]
    places = {
        "harbour": beside(middle[-1], "coast"),
        "bridge": beside(middle[len(middle) // 2], "grassland", "forest", "swamp"),
        "hamlet": beside(middle[0], "grassland", "forest"),
        "fishers": beside(rivers[2][-1], "coast"),
        "oasis": max(lee),
        "gate": min(heart, key=lambda one: distance(one, middle[0])),
    }
    for name, hexagon in places.items():
        terrain[hexagon] = "underdark" if name == "gate" else "urban"
    return places


def map_file(world: World) -> str:
    """The world in the format of map editors, a line a hex. River hexes carry the variant "river"."""
    rivers = {hexagon for river in world.rivers for hexagon in river}
    head = {
        "version": 1,
        "name": "The Fogbound Coast",
        "gridWidth": COLUMNS,
        "gridHeight": ROWS,
        "hexSize": 40,
        "orientation": "flat",
    }
    lines = [
        json.dumps(
            {
                "q": hexagon.q,
                "r": hexagon.r,
                "terrain": kind,
                "terrainVariant": "river" if hexagon in rivers else None,
            }
        )
        for hexagon, kind in world.terrain.items()
    ]
    opening = json.dumps(head, indent=1).removesuffix("\n}")
    return f"{opening},\n" + ' "hexes": [\n  ' + ",\n  ".join(lines) + "\n ]\n}\n"


if __name__ == "__main__":
    argparse.ArgumentParser(
        description="Writes the map of the examples, fogbound-coast.json, in its place."
    ).parse_args()
    FILE.write_text(map_file(make_world()))
    print(f"{FILE} written")
