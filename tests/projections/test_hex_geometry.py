from __future__ import annotations

import json
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.hex_geometry import Hex, Orientation, Point, center_of, distance, hex_at, in_box, line_between, within
from tests.projections.hex_examples import FILE, examples

hexes = st.builds(Hex, st.integers(-200, 200), st.integers(-200, 200))
points = st.builds(Point, st.floats(-30, 30), st.floats(-30, 30))
orientations = st.sampled_from(get_args(Orientation))


def test_the_recorded_examples_are_todays() -> None:
    """What other clients are tested with is what this arithmetic gives."""
    recorded = json.loads(FILE.read_text(encoding="utf-8"))
    assert recorded == json.loads(json.dumps(examples())), "run `python -m tests.projections.hex_examples`, and look"


@given(hexes, orientations)
def test_the_middle_of_a_hex_lies_in_it(place: Hex, orientation: Orientation) -> None:
    """There and back."""
    assert hex_at(center_of(place, orientation), orientation) == place


@given(points, orientations)
def test_a_point_belongs_to_the_nearest_hex(point: Point, orientation: Orientation) -> None:
    """No neighbour's middle is nearer than that of the hex which was found."""

    def away(place: Hex) -> float:
        x, y = center_of(place, orientation)
        return (x - point.x) ** 2 + (y - point.y) ** 2

    found = hex_at(point, orientation)
    assert away(found) <= min(away(place) for place in within(found, 1)) + 1e-9


@given(hexes, hexes)
def test_a_line_goes_step_by_step(start: Hex, end: Hex) -> None:
    """It begins and ends where it should, each hex touches the next, and there is no shorter way."""
    line = line_between(start, end)
    assert (line[0], line[-1]) == (start, end)
    assert len(line) == distance(start, end) + 1
    assert all(distance(one, other) == 1 for one, other in pairwise(line))


@pytest.mark.parametrize("radius", range(6))
def test_a_range_is_round(radius: int) -> None:
    """As many hexes as the formula says, each once, none too far."""
    around = within(Hex(3, -5), radius)
    assert len(set(around)) == len(around) == 1 + 3 * radius * (radius + 1)
    assert max(distance(Hex(3, -5), place) for place in around) == radius


@given(points, points, orientations)
def test_a_box_holds_the_hexes_with_their_middle_in_it(one: Point, other: Point, orientation: Orientation) -> None:
    """All of those and no other, whichever corners are named."""
    found = in_box(one, other, orientation)
    left, right = sorted((one.x, other.x))
    top, bottom = sorted((one.y, other.y))
    middle = hex_at(Point((left + right) / 2, (top + bottom) / 2), orientation)
    nearby = [
        place
        for place in within(middle, 80)
        if left <= (at := center_of(place, orientation)).x <= right and top <= at.y <= bottom
    ]
    assert sorted(found) == sorted(in_box(other, one, orientation))
    # On the edge itself the last digit decides.
    assert set(nearby) ^ set(found) <= {place for place in found + nearby if _on_edge(place, one, other, orientation)}


def _on_edge(place: Hex, one: Point, other: Point, orientation: Orientation) -> bool:
    x, y = center_of(place, orientation)
    return any(abs(x - corner.x) < 1e-9 or abs(y - corner.y) < 1e-9 for corner in (one, other))
