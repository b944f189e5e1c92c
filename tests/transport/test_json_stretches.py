"""JSON that holds up every thread is found before it is read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transport.maps import a_map_file, as_bytes
from transport.json_stretches import MOST, has_long_stretch
from transport.map_file import InvalidMap, read_map


def largest_stretch(text: str) -> int:
    """The same as it is said, character by character."""
    largest = stretch = 0
    inside = escaped = False
    for character in text:
        if inside:
            inside, escaped = character != '"' or escaped, character == "\\" and not escaped
            stretch += not inside
        elif character == "{":
            stretch = 0
        else:
            inside = character == '"'
            stretch += 1
        largest = max(largest, stretch)
    return largest


@given(st.text(st.sampled_from('{}"\\,x0'), max_size=60), st.integers(1, 30))
def test_stretches_are_measured(text: str, most: int) -> None:
    """Of any text, also of one that is no JSON."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("transport.json_stretches.MOST", most)
        assert has_long_stretch(text.encode()) == (largest_stretch(text) > most)


@pytest.mark.parametrize(
    "many",
    [[0] * MOST, [""] * MOST, [[]] * MOST, [None] * MOST, ["{"] * MOST, ['{"a":'] * MOST],
    ids=["numbers", "texts", "lists", "nothings", "braces", "beginnings"],
)
def test_a_map_of_anything_but_hexes_is_refused(many: list[Any]) -> None:
    """Where it stands, after a long text too, which by itself is nothing bad."""
    for before in ("", "x" * 200_000, '\\"{' * 100_000):
        file = {"notes": before, **a_map_file(), "more": many}
        with pytest.raises(InvalidMap, match="beside its hexes"):
            read_map(as_bytes(file))
        assert read_map(as_bytes({"notes": before, **a_map_file()}))


def test_a_large_map_is_none() -> None:
    """However it is written."""
    file = a_map_file(20_000)
    for indent in (None, 2):
        assert not has_long_stretch(json.dumps(file, indent=indent).encode())
    assert not has_long_stretch(b" \n" * 1_000_000 + b"{" + b"\t" * 1_000_000 + b"}")
