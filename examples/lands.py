"""Four coasts beside each other, drawn by the hand that drew the Fogbound Coast: land for a hundred evenings."""

from __future__ import annotations

import json

from make_map import COLUMNS, ROWS, SEED, Hex, at, make_world

SEEDS = ((SEED, 5), (6, 7))
"""From north to south, each from west to east."""


class Lands:
    """The terrain of every hex, and where the party comes from."""

    def __init__(self) -> None:
        self.terrain: dict[Hex, str] = {}
        for south, seeds in enumerate(SEEDS):
            for east, seed in enumerate(seeds):
                world = make_world(seed)
                for one, kind in world.terrain.items():
                    self.terrain[at(one.q + east * COLUMNS, one.row + south * ROWS)] = kind
        self.home = make_world().places["harbour"]

    def around(self, hexagon: Hex, reach: int = 1) -> list[Hex]:
        """The hex and those up to so many steps away."""
        columns = range(-reach, reach + 1)
        near = (
            Hex(hexagon.q + q, hexagon.r + r)
            for q in columns
            for r in range(max(-reach, -q - reach), min(reach, -q + reach) + 1)
        )
        return [one for one in near if one in self.terrain]

    def map_file(self) -> bytes:
        """In the format of map editors."""
        hexes = [
            {"q": one.q, "r": one.r, "terrain": kind, "terrainVariant": None} for one, kind in self.terrain.items()
        ]
        head = {"version": 1, "name": "The known world", "hexSize": 40, "orientation": "flat"}
        size = {"gridWidth": COLUMNS * len(SEEDS[0]), "gridHeight": ROWS * len(SEEDS)}
        return json.dumps({**head, **size, "hexes": hexes}).encode()
