"""Old shapes become today's."""

from __future__ import annotations

from typing import Any

import pytest

from domain.event_codec import EVENT_CLASSES
from domain.store import NewerEvent, UnreadableEvent
from domain.upcasting import UPCASTERS, upcast


def rename(fields: dict[str, Any]) -> dict[str, Any]:
    """From version 1 to 2."""
    return {"terrain": fields["kind"]}


def wrap(fields: dict[str, Any]) -> dict[str, Any]:
    """From version 2 to 3."""
    return {"terrain": [fields["terrain"]]}


REGISTRY = {("hex_painted", 1): rename, ("hex_painted", 2): wrap}


@pytest.mark.parametrize(
    ("version", "fields"),
    [(1, {"kind": "swamp"}), (2, {"terrain": "swamp"}), (3, {"terrain": ["swamp"]})],
)
def test_every_earlier_version_becomes_the_wanted_one(version: int, fields: dict[str, Any]) -> None:
    """One step for each version lies between any earlier shape and the wanted one."""
    assert upcast("hex_painted", version, 3, fields, REGISTRY) == {"terrain": ["swamp"]}


def test_a_step_that_is_missing_is_an_error() -> None:
    """Without an upcaster for a version there is no guessing."""
    with pytest.raises(UnreadableEvent, match="hex_painted of schema version 3: no upcaster"):
        upcast("hex_painted", 2, 4, {"terrain": "swamp"}, REGISTRY)


def test_what_a_step_stumbles_over_is_damaged() -> None:
    """Nothing has looked at the fields before."""
    with pytest.raises(UnreadableEvent, match="hex_painted of schema version 1 is damaged: KeyError"):
        upcast("hex_painted", 1, 3, {"terrain": "swamp"}, REGISTRY)


def test_a_version_from_the_future_is_an_error() -> None:
    """What a newer program wrote is not read by halves."""
    with pytest.raises(NewerEvent, match="hex_painted of schema version 4: a newer program"):
        upcast("hex_painted", 4, 3, {}, REGISTRY)


def test_every_old_version_of_every_event_has_its_upcaster() -> None:
    """The registry holds exactly the steps that today's events need."""
    needed = {(topic, n) for topic, event in EVENT_CLASSES.items() for n in range(1, event.SCHEMA_VERSION)}
    assert set(UPCASTERS) == needed
