from __future__ import annotations

from typing import Any

import pytest

from projections.viewer_state import ViewerState
from transport.rehearsal.differences import differences


def test_equal_states_do_not_differ() -> None:
    """Equal states have nothing to say."""
    assert differences(ViewerState(revealed={"0,0"}), ViewerState(revealed={"0,0"})) == []


@pytest.mark.parametrize(
    ("has", "should", "words"),
    [
        ({"status": "active"}, {}, "status: is 'active', not 'waiting'"),
        ({"revealed": {"0,0", "1,1"}}, {"revealed": {"1,1", "2,2"}}, "revealed: 0,0 too much; 2,2 missing"),
        ({"terrain": {"0,0": "swamp"}}, {"terrain": {"0,0": "coast"}}, "terrain: 0,0 is 'swamp', not 'coast'"),
        ({"terrain": {"0,0": "swamp"}}, {}, "terrain: 0,0 is 'swamp', not missing"),
        ({}, {"reveals": {"0,0": frozenset("ba")}}, "reveals: 0,0 is missing, not ['a', 'b']"),
        (
            {"revealed": {f"{q},0" for q in range(8)}},
            {},
            "revealed: 0,0 too much; 1,0 too much; 2,0 too much; 3,0 too much; 4,0 too much; and 3 more",
        ),
    ],
)
def test_differences_in_words(has: dict[str, Any], should: dict[str, Any], words: str) -> None:
    """Each part that differs is one line, and long lists are cut."""
    assert differences(ViewerState(**has), ViewerState(**should)) == [words]


def test_every_part_is_compared() -> None:
    """States that differ in everything differ in as many lines as there are parts."""
    other: dict[str, Any] = {
        "status": "paused",
        "mode": "staged",
        "session_id": "s",
        "people": {"u": {"userId": "u", "name": "U", "online": True, "role": "dm"}},
        "terrain": {"0,0": "swamp"},
        "revealed": {"0,0"},
        "staged": [{"id": "c"}],
        "reveals": {"0,0": "all"},
    }
    assert [line.partition(":")[0] for line in differences(ViewerState(), ViewerState(**other))] == list(other)
