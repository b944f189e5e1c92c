"""A file of a few megabytes that would take gigabytes of memory is not read."""

from __future__ import annotations

import json

import pytest

from tests.transport.maps.map_files import a_map_file, as_bytes
from transport.maps.file import InvalidMap, read_map
from transport.maps.json_amount import MOST_CONTAINERS, MOST_VALUES, too_much


@pytest.mark.parametrize("one", ["{}", "[]"])
def test_very_many_containers_are_refused(one: str) -> None:
    """Also empty ones."""
    for many, is_read in ((MOST_CONTAINERS - 1, True), (MOST_CONTAINERS, False)):
        assert (too_much(("[" + ",".join([one] * many) + "]").encode()) is None) == is_read


def test_very_many_values_are_refused() -> None:
    """Of whichever kind."""
    for many, is_read in ((MOST_VALUES, True), (MOST_VALUES + 1, False)):
        assert (too_much(b"[" + b"0," * many + b"0]") is None) == is_read


def test_it_is_told_in_one_line() -> None:
    """To who sent the file."""
    with pytest.raises(InvalidMap, match="too much beside its hexes: more than 1500000 values"):
        read_map(as_bytes({**a_map_file(), "more": [0] * (MOST_VALUES + 1)}))


def test_a_large_map_is_none() -> None:
    """However it is written, and whatever stands around it."""
    file = a_map_file(20_000)
    for indent in (None, 2):
        assert not too_much(json.dumps(file, indent=indent).encode())
    much = b" \n\r\t" * 1_000_000
    assert read_map(much + as_bytes(file) + much) == read_map(as_bytes(file))
