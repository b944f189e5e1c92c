"""How far back a view of a room is remembered."""

from __future__ import annotations

import pytest

from transport.told import Told
from transport.window import WINDOW_BYTES, Window


def told(number: int, size: int = 0) -> Told:
    """The event of that version, with so many bytes."""
    return Told(str(number), number, b"x" * size, 1)


def kept(most: int, all_told: list[Told]) -> int:
    """How many of them a window keeps: the newest."""
    window = Window(most)
    for one in all_told:
        window.append(one)
    assert list(window.events) == all_told[len(all_told) - len(window.events) :]
    return len(window.events)


@pytest.mark.parametrize("most", [0, 1, 7])
def test_the_newest_are_kept(most: int) -> None:
    """As many as wanted."""
    assert kept(most, [told(number) for number in range(20)]) == most


def test_a_thousand_ordinary_events_are_kept() -> None:
    """Those of an evening all fit: 25 hexes each take a kilobyte."""
    assert kept(1_000, [told(number, 1_000) for number in range(1_100)]) == 1_000


def test_large_events_push_out_more() -> None:
    """What a window takes in memory is bounded, whatever the events are about."""
    large = [told(number, WINDOW_BYTES // 8) for number in range(30)]
    assert kept(1_000, large) == 8
    assert kept(1_000, [*large, *(told(number, 10) for number in range(30, 40))]) == 7 + 10


def test_the_newest_is_kept_however_large() -> None:
    """A publish may be about more hexes than a window has."""
    many = [told(1), told(2, 3 * WINDOW_BYTES)]
    assert kept(1_000, many) == 1
    assert kept(0, many) == 0
    assert kept(1_000, [*many, told(3)]) == 1


def test_a_copy_goes_its_own_way() -> None:
    """Both keep within the bounds from then on."""
    first = Window(3, [told(1), told(2)])
    second = first.copy()
    second.append(told(3))
    first.append(told(4))
    first.append(told(5))
    assert [one.version for one in first.events] == [2, 4, 5]
    assert [one.version for one in second.events] == [1, 2, 3]
