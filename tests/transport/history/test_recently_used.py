"""What is kept for the next question."""

from __future__ import annotations

import pytest
from immutables import Map

from projections.room_state import RoomState
from transport.history import recently_used
from transport.history.recently_used import RecentlyUsed


def a_room(hexes: int) -> RoomState:
    return RoomState(terrain=Map({f"{number},0": "forest" for number in range(hexes)}))


def test_what_was_used_last_stays() -> None:
    """So many, and the one that nobody asked for longest goes first."""
    kept: RecentlyUsed[str, RoomState] = RecentlyUsed(2, lambda room: room)
    one, two, three = (a_room(number) for number in range(3))
    assert kept.put("one", one) == kept.put("two", two) == []
    assert kept.get("one") is one
    assert kept.put("three", three) == [two]
    assert (kept.get("two"), kept.get("one"), len(kept)) == (None, one, 2)
    assert kept.take("one") is one
    assert kept.take("one") is None
    assert kept.clear() == [three]
    assert len(kept) == 0


def test_large_maps_push_out_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """But never the newest, which is being worked on."""
    monkeypatch.setattr(recently_used, "MOST_HEXES", 100)
    kept: RecentlyUsed[int, RoomState] = RecentlyUsed(50, lambda room: room)
    for number in range(10):
        kept.put(number, a_room(10))
    assert len(kept) == 10
    assert len(kept.put(10, a_room(50))) == 5
    assert len(kept.put(11, a_room(1_000))) == 6
    assert len(kept) == 1
