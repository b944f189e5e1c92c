"""Where hexes lie: just what a map's layout needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from domain.hexes import Grid, HexKey

NO_GRID = Grid(name="", width=0, height=0, hex_size=50, orientation="flat")
"""The layout as long as nobody has imported a map."""


def axial(key: HexKey) -> tuple[int, int]:
    """(q, r) of a valid key."""
    q, _, r = key.partition(",")
    return int(q), int(r)


class Extent(NamedTuple):
    """The smallest axial box around some hexes, in columns q and rows r."""

    left: int
    right: int
    top: int
    bottom: int

    @property
    def size(self) -> dict[str, int]:
        """Width and height."""
        return {"width": self.right - self.left + 1, "height": self.bottom - self.top + 1}


NOWHERE = {"width": 0, "height": 0}
"""The size of no hexes."""


def extent(keys: Sequence[HexKey], before: Extent | None = None) -> Extent:
    """The box around these, and around what is in the one `before`."""
    columns, rows = zip(*map(axial, keys), strict=True)
    box = Extent(min(columns), max(columns), min(rows), max(rows))
    if before is None:
        return box
    return Extent(
        min(box.left, before.left),
        max(box.right, before.right),
        min(box.top, before.top),
        max(box.bottom, before.bottom),
    )
