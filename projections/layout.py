"""Where hexes lie: just what a map's layout needs."""

from __future__ import annotations

from collections.abc import Iterable

from domain.hexes import Grid, HexKey

NO_GRID = Grid(name="", width=0, height=0, hex_size=50, orientation="flat")
"""The layout as long as nobody has imported a map."""


def axial(key: HexKey) -> tuple[int, int]:
    """(q, r) of a valid key."""
    q, _, r = key.partition(",")
    return int(q), int(r)


def extent(keys: Iterable[HexKey]) -> dict[str, int]:
    """Width and height, in columns q and rows r, of the smallest axial box around the hexes; 0 for none."""
    places = [axial(key) for key in keys]
    if not places:
        return {"width": 0, "height": 0}
    columns, rows = zip(*places, strict=True)
    return {"width": max(columns) - min(columns) + 1, "height": max(rows) - min(rows) + 1}
