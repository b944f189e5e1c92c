"""Axial hexes on a plane, flat-topped and pointy-topped; the same arithmetic as the page's map/hexes.js.

A length of 1 is from a hex's centre to its corner, x grows to the right and y downwards. Formulas:
https://www.redblobgames.com/grids/hexagons/
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor, sqrt
from typing import Literal, NamedTuple

Orientation = Literal["flat", "pointy"]


class Hex(NamedTuple):
    """Axial coordinates."""

    q: int
    r: int


class Point(NamedTuple):
    """A place on the plane."""

    x: float
    y: float


_ROOT_3 = sqrt(3)
# x = a q + b r, y = c q + d r
_TO_PLANE = {"flat": (1.5, 0.0, _ROOT_3 / 2, _ROOT_3), "pointy": (_ROOT_3, _ROOT_3 / 2, 0.0, 1.5)}
# Off the border between two hexes, so that a line along it does not jump from one side to the other.
_NUDGE = (1e-6, 2e-6)


def center_of(place: Hex, orientation: Orientation) -> Point:
    """The middle of a hex."""
    a, b, c, d = _TO_PLANE[orientation]
    return Point(a * place.q + b * place.r, c * place.q + d * place.r)


def hex_at(point: Point, orientation: Orientation) -> Hex:
    """The hex that a point lies in."""
    a, b, c, d = _TO_PLANE[orientation]
    determinant = a * d - b * c
    return _nearest((d * point.x - b * point.y) / determinant, (a * point.y - c * point.x) / determinant)


def distance(one: Hex, other: Hex) -> int:
    """Steps from hex to hex."""
    q, r = one.q - other.q, one.r - other.r
    return max(abs(q), abs(r), abs(q + r))


def line_between(start: Hex, end: Hex) -> list[Hex]:
    """The hexes on the straight line, both ends included; each touches the one before."""
    steps = distance(start, end)
    q0, r0 = start.q + _NUDGE[0], start.r + _NUDGE[1]
    return [
        _nearest(q0 + (end.q - start.q) * step / max(steps, 1), r0 + (end.r - start.r) * step / max(steps, 1))
        for step in range(steps + 1)
    ]


def within(center: Hex, radius: int) -> list[Hex]:
    """All hexes at most `radius` steps away: 1 + 3 radius (radius + 1) of them."""
    return [
        Hex(center.q + q, center.r + r)
        for q in range(-radius, radius + 1)
        for r in range(max(-radius, -q - radius), min(radius, -q + radius) + 1)
    ]


def in_box(one: Point, other: Point, orientation: Orientation) -> list[Hex]:
    """The hexes whose centres lie in the upright box between two of its corners, column by column or row by row."""
    (left, right), (top, bottom) = sorted((one.x, other.x)), sorted((one.y, other.y))
    if orientation == "flat":
        columns = _whole(left / 1.5, right / 1.5)
        return [Hex(q, r) for q in columns for r in _whole(top / _ROOT_3 - q / 2, bottom / _ROOT_3 - q / 2)]
    rows = _whole(top / 1.5, bottom / 1.5)
    return [Hex(q, r) for r in rows for q in _whole(left / _ROOT_3 - r / 2, right / _ROOT_3 - r / 2)]


def _whole(least: float, most: float) -> Iterator[int]:
    return iter(range(ceil(least), floor(most) + 1))


def _nearest(q: float, r: float) -> Hex:
    """Rounds so that q + r + s = 0 holds: the coordinate that moved most follows from the other two."""
    s = -q - r
    q0, r0, s0 = floor(q + 0.5), floor(r + 0.5), floor(s + 0.5)
    dq, dr, ds = abs(q0 - q), abs(r0 - r), abs(s0 - s)
    if dq > dr and dq > ds:
        return Hex(-r0 - s0, r0)
    if dr > ds:
        return Hex(q0, -q0 - s0)
    return Hex(q0, r0)
