"""Rooms as bytes."""

from __future__ import annotations

import pytest

from projections import snapshots
from tests.domain.scenario import ADA, STAGED, START, reveal, update
from tests.projections.test_views import LAIR, room_after


def test_a_room_comes_back_as_it_was() -> None:
    """Nothing is lost on the way, be it staged, hidden or for one player."""
    room = room_after(START, LAIR, reveal("1,1", to=[ADA]), reveal("2,2"), STAGED, update(q1r1="lava"), reveal("3,3"))
    assert snapshots.decode(snapshots.encode(room)) == room


@pytest.mark.parametrize("damaged", [b"", b"{}", b"[1]", b'{"version": "x"}'])
def test_something_else_is_refused(damaged: bytes) -> None:
    """What is no snapshot is not half a room."""
    with pytest.raises(ValueError, match="validation error"):
        snapshots.decode(damaged)
