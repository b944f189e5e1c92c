"""How far back a view of a room is remembered."""

from __future__ import annotations

import pytest

from projections.people import Member
from tests.domain.scenario import ADA
from transport.rooms.resume import missed, newest
from transport.rooms.told import Told
from transport.rooms.window import WINDOW_BYTES, Window

ADA_SEES = Member(ADA, "Ada", "player")


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


@pytest.mark.parametrize("messages", [1, 2])
def test_of_an_event_that_is_too_large_its_place_is_kept(messages: int) -> None:
    """A publish may be larger than a window: whoever has all of it goes on, and everybody else begins anew."""
    large = Told("2", 2, b"x" * (WINDOW_BYTES + 1), messages)
    window = Window(1_000, [told(1), large])
    assert sum(len(one.frames) for one in window.events) == 0
    place = newest(ADA_SEES, window.events, 2)
    assert place is not None
    assert missed(ADA_SEES, window.events, place) == []
    assert missed(ADA_SEES, window.events, "1") is None
    # Whoever knows it by its own id has perhaps only the first of two messages.
    assert missed(ADA_SEES, window.events, "2") == ([] if messages == 1 else None)
    window.append(told(3, 10))
    for events in (window.events, window.copy().events, Window(1_000, window.events).events):
        assert missed(ADA_SEES, events, place) == [told(3, 10)]
        assert missed(ADA_SEES, events, "1") is None
        assert missed(ADA_SEES, events, "2") == ([told(3, 10)] if messages == 1 else None)
        assert newest(ADA_SEES, events, 2) == place
    assert list(Window(0, [large]).events) == []


def test_one_that_fits_just_so_is_kept() -> None:
    """To the last byte."""
    many = [told(1, 1), told(2, WINDOW_BYTES)]
    assert kept(1_000, many) == 1
    assert kept(1_000, [*many, told(3)]) == 2


def test_a_copy_goes_its_own_way() -> None:
    """Both keep within the bounds from then on."""
    first = Window(3, [told(1), told(2)])
    second = first.copy()
    second.append(told(3))
    first.append(told(4))
    first.append(told(5))
    assert [one.version for one in first.events] == [2, 4, 5]
    assert [one.version for one in second.events] == [1, 2, 3]


def test_a_copy_costs_nothing_for_each_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reveal may name a hundred players for the first time: each has a window of their own from then on."""
    window, appended = Window(3, [told(1), told(2), told(3)]), list[Told]()
    monkeypatch.setattr(Window, "append", lambda _, one: appended.append(one))
    assert list(window.copy().events) == list(window.events)
    assert appended == []


def test_what_it_will_be_is_known_before() -> None:
    """It stays as it is."""
    window = Window(3, [told(1), told(2, WINDOW_BYTES // 2)])
    assert [one.version for one in window.after([told(3), told(4)]).events] == [2, 3, 4]
    assert [one.version for one in window.after([told(3, WINDOW_BYTES)]).events] == [3]
    assert [one.version for one in window.events] == [1, 2]
