"""Rooms as bytes."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from domain.event_codec import KINDS
from projections import snapshots
from projections.room_state import replay
from tests.domain.scenario import ADA, NOW, STAGED, START, reveal, update
from tests.projections.test_views import LAIR, played, room_after


def test_a_room_comes_back_as_it_was() -> None:
    """Nothing is lost on the way, be it staged, hidden or for one player."""
    room = room_after(START, LAIR, reveal("1,1", to=[ADA]), reveal("2,2"), STAGED, update(q1r1="lava"), reveal("3,3"))
    assert snapshots.decode(snapshots.encode(room)) == room


def test_a_newer_program_makes_snapshots_of_its_own() -> None:
    """What it folded may rest on an event that an older one does not know, and would never meet in the log."""
    assert snapshots.shape({*KINDS, "comet_struck.v1"}) != snapshots.SHAPE
    assert snapshots.shape([*KINDS]) == snapshots.SHAPE


def test_an_old_log_may_run_backwards() -> None:
    """What comes next is recorded no earlier than anything before it, also after the room was kept."""
    ahead, behind = (
        event.model_copy(update={"timestamp": NOW + timedelta(seconds=at)})
        for event, at in zip(played(reveal("1,1"), reveal("2,2"))[0], (5, 3), strict=True)
    )
    assert snapshots.decode(snapshots.encode(replay([ahead, behind]))).latest == NOW + timedelta(seconds=5)


def test_a_large_room_is_written_and_read_in_turns() -> None:
    """In each of them so many hexes at most."""
    keys = [f"{number},0" for number in range(2 * snapshots.PART_HEXES + 1)]
    room = room_after(update(**{f"q{number}r0": "ice" for number in range(len(keys))}), reveal(*keys))
    writing, turns = snapshots.encoding(room), 0
    while True:
        try:
            next(writing)
        except StopIteration as done:
            written: bytes = done.value
            break
        turns += 1
    head, *parts = map(json.loads, written.split(b"\n"))
    assert head["version"] == 2
    assert sorted(len(part["terrain"]) for part in parts if "terrain" in part) == [1, 500, 500]
    assert sorted(len(some) for part in parts for _, some in part.get("known", [])) == [1, 500, 500]
    assert turns == len(parts) == sum(1 for _ in snapshots.decoding(written))


@pytest.mark.parametrize("damaged", [b"", b"{}", b"[1]", b'{"version": "x"}'])
def test_something_else_is_refused(damaged: bytes) -> None:
    """What is no snapshot is not half a room."""
    with pytest.raises(ValueError, match="validation error"):
        snapshots.decode(damaged)
