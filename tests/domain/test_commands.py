"""What the nine messages may hold."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from domain.commands import RevealHexes, UpdateHexes, client_message
from tests.domain.scenario import message


def test_duplicates_count_once() -> None:
    """Five thousand different hexes are allowed, however often they are repeated; the order is that of the first."""
    keys = [f"{n},0" for n in range(5_000)]
    revealed = message("hex:reveal", hexKeys=[*keys, *keys], targets={"playerIds": ["b", "a", "b"]})
    assert isinstance(revealed, RevealHexes)
    assert revealed.hex_keys == keys
    assert revealed.targets == {"playerIds": ["b", "a"]}
    twice = [{"key": "1,1", "terrain": "forest"}, {"key": "2,2", "terrain": "swamp"}, {"key": "1,1", "terrain": "lava"}]
    updated = message("hex:update", changes=twice)
    assert isinstance(updated, UpdateHexes)
    assert updated.changes == [{"key": "1,1", "terrain": "lava"}, {"key": "2,2", "terrain": "swamp"}]
    changes = [{"key": key, "terrain": "sea"} for key in keys]
    assert message("hex:update", changes=[*changes, *changes]) == message("hex:update", changes=changes)


@pytest.mark.parametrize("key", ["0,0", "-1,1", "99999,-99999", "10,-10"])
def test_keys(key: str) -> None:
    """Axial coordinates of up to five digits."""
    assert message("hex:reveal", hexKeys=[key], targets="all")


NO_KEYS = ["", "1", "1,", "1,2,3", "01,2", "-0,1", "1,-0", "1e3,0", "100000,0", "1,2 ", "\u0661,2", "1,2\n"]


@pytest.mark.parametrize("key", NO_KEYS)
def test_no_keys(key: str) -> None:
    """Everything else is refused, as a key to reveal and as one to update."""
    with pytest.raises(ValidationError):
        message("hex:reveal", hexKeys=[key], targets="all")
    with pytest.raises(ValidationError):
        message("hex:update", changes=[{"key": key, "terrain": "forest"}])


@pytest.mark.parametrize("terrain", ["forest", "Émile's wood", "x" * 64, "日本", "😀", "a b"])
def test_terrains(terrain: str) -> None:
    """Any printable characters, in any script."""
    assert message("hex:update", changes=[{"key": "1,1", "terrain": terrain}])


@pytest.mark.parametrize("terrain", ["", "x" * 65, "a\nb", "a\0", "\u202eevil", "a\u200bb", "a\u00a0b"])
def test_no_terrains(terrain: str) -> None:
    """Nothing that can't be seen or that turns the direction of writing."""
    with pytest.raises(ValidationError):
        message("hex:update", changes=[{"key": "1,1", "terrain": terrain}])


@pytest.mark.parametrize(
    ("type_", "fields"),
    [
        ("hex:reveal", {"hexKeys": [f"{n},0" for n in range(10_001)], "targets": "all"}),
        ("hex:reveal", {"hexKeys": [], "targets": "all"}),
        ("hex:update", {"changes": []}),
        ("hex:update", {"changes": [{"key": f"{n},0", "terrain": "x"} for n in range(10_001)]}),
        ("staged:undo", {}),
        ("staged:undo", {"index": -1}),
        ("broadcast:mode", {"mode": "loud"}),
        ("session:start", {"id": ""}),
        ("session:start", {"id": "x" * 65}),
    ],
)
def test_off_the_schema(type_: str, fields: dict[str, Any]) -> None:
    """Too many, too few, or not there at all."""
    with pytest.raises(ValidationError):
        message(type_, **fields)


def test_how_many_there_may_be_is_told() -> None:
    """With how many there are."""
    many = [f"{n},0" for n in range(10_001)]
    with pytest.raises(ValidationError, match="1 to 10000 different hexes, not 10001"):
        message("hex:reveal", hexKeys=many, targets="all")
    with pytest.raises(ValidationError, match="1 to 10000 different hexes, not 0"):
        message("hex:update", changes=[])


def test_unknown_keys_are_ignored() -> None:
    """A newer client may say more."""
    assert message("session:start", mood="gloomy").id is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "hex:update", "changes": [{}] * 20_000},
        {"type": "hex:reveal", "hexKeys": ["x"] * 20_000, "targets": "all"},
    ],
)
def test_only_the_first_fault_of_a_list_is_looked_for(frame: dict[str, object]) -> None:
    """All of them together, from one frame of a player, held up everybody for 0.4 s."""
    with pytest.raises(ValidationError) as faults:
        client_message.validate_json(json.dumps(frame))
    places = [fault["loc"][1:3] for fault in faults.value.errors()]
    assert {place[1] for place in places} == {0}
