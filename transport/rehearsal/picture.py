"""A hex map as text for a terminal, in which hexes lie as they do on the map: every second row half a hex further.

With colours a hex is a square of two characters by half a line (flat-topped; a line then shows parts of two rows)
or of two characters by one line (pointy). Without colours it is one letter in the middle of its place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, NamedTuple

from rich.style import Style
from rich.text import Text

from domain.hexes import HexKey, Terrain
from projections.layout import axial

Orientation = Literal["flat", "pointy"]


class Look(NamedTuple):
    """Of a terrain: a colour, and a letter where there is none."""

    colour: str
    letter: str


LOOKS = {
    "forest": Look("#2f7d3b", "F"),
    "desert": Look("#e6c35c", "D"),
    "grassland": Look("#9ccb5a", "G"),
    "mountain": Look("#8a8178", "M"),
    "water": Look("#2f6db5", "~"),
    "swamp": Look("#5d6b3a", "S"),
    "arctic": Look("#e8f1f5", "A"),
    "coast": Look("#f0e0b0", "C"),
    "underdark": Look("#5b2a86", "U"),
    "urban": Look("#c8402f", "#"),
}
OTHER = Look("#d67ad2", "?")
"""A terrain of the campaign's own, or `unknown`."""

FOG = Style(color="#8a90a6")


def look_of(terrain: Terrain) -> Look:
    """How a terrain is drawn."""
    return LOOKS.get(terrain, OTHER)


def picture(
    known: Mapping[HexKey, Terrain],
    everything: Collection[HexKey],
    orientation: Orientation,
    *,
    colours: bool,
) -> Text:
    """The map of `everything`, with fog as dots where a hex is not in `known`."""
    canvas = _Canvas.around(everything, orientation)
    if not colours:
        return canvas.in_letters(known)
    return canvas.in_half_lines(known) if orientation == "flat" else canvas.in_lines(known)


class _Canvas:
    """The places of hexes: x in characters, y in half lines (flat-topped) or lines (pointy), from 0."""

    def __init__(self, hexes: Mapping[tuple[int, int], HexKey], step: int) -> None:
        self._hexes = hexes
        self._step = step
        self._width = max((x for x, _ in hexes), default=-2) + 2
        self._height = max((y for _, y in hexes), default=-step) + step

    @classmethod
    def around(cls, keys: Collection[HexKey], orientation: Orientation) -> _Canvas:
        is_flat = orientation == "flat"
        places = {_flat(key) if is_flat else _pointy(key): key for key in keys}
        left = min((x for x, _ in places), default=0)
        top = min((y for _, y in places), default=0)
        return cls({(x - left, y - top): key for (x, y), key in places.items()}, step=2 if is_flat else 1)

    def in_letters(self, known: Mapping[HexKey, Terrain]) -> Text:
        """Half lines become lines, so that the letters stand in the pattern of the hexes."""
        drawn = Text()
        for y in range(self._height - self._step + 1):
            line = [" "] * self._width
            for x in range(self._width):
                if (key := self._hexes.get((x, y))) is not None:
                    line[x] = look_of(known[key]).letter if key in known else "·"
            drawn.append("".join(line).rstrip() + "\n")
        return drawn

    def in_lines(self, known: Mapping[HexKey, Terrain]) -> Text:
        """For pointy hexes: two blanks on the colour of the terrain."""
        drawn = Text()
        for y in range(self._height):
            for x in range(self._width):
                key = self._at(x, y)
                if key is None:
                    drawn.append(" ")
                elif key in known:
                    drawn.append(" ", Style(bgcolor=look_of(known[key]).colour))
                else:
                    drawn.append("·" if (x, y) in self._hexes else " ", FOG)
            drawn.append("\n")
        return drawn

    def in_half_lines(self, known: Mapping[HexKey, Terrain]) -> Text:
        """For flat-topped hexes: each character shows what is in its upper and in its lower half."""
        drawn = Text()
        for y in range(0, self._height, 2):
            for x in range(self._width):
                drawn.append_text(self._halves(x, y, known))
            drawn.append("\n")
        return drawn

    def _halves(self, x: int, y: int, known: Mapping[HexKey, Terrain]) -> Text:
        upper, lower = (self._colour(x, y + half, known) for half in (0, 1))
        if upper and lower:
            return Text("▀", Style(color=upper, bgcolor=lower))
        if upper:
            return Text("▀", Style(color=upper))
        if lower:
            return Text("▄", Style(color=lower))
        if (x, y) in self._hexes:
            return Text("·", FOG)
        return Text("." if (x, y + 1) in self._hexes else " ", FOG)

    def _colour(self, x: int, y: int, known: Mapping[HexKey, Terrain]) -> str | None:
        key = self._at(x, y)
        return look_of(known[key]).colour if key is not None and key in known else None

    def _at(self, x: int, y: int) -> HexKey | None:
        """The hex whose square covers the place."""
        for left in (x, x - 1):
            for top in (y, y - 1)[: self._step]:
                if (key := self._hexes.get((left, top))) is not None:
                    return key
        return None


def _flat(key: HexKey) -> tuple[int, int]:
    q, r = axial(key)
    return 2 * q, 2 * r + q


def _pointy(key: HexKey) -> tuple[int, int]:
    q, r = axial(key)
    return 2 * q + r, r
