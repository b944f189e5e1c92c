"""The rule for events: whoever changes what an event holds gives it a new schema version."""

from __future__ import annotations

import pytest
from pydantic import Field, create_model

from domain.event_codec import EVENT_CLASSES, KINDS
from domain.events import ChangeStaged, HexesRevealed, SessionEvent
from tests.domain.shapes import recorded, shape_of, shapes_now

NEW_KIND = "raise its SCHEMA_VERSION, add an upcaster and a sample, then run `python -m tests.domain.shapes`"


@pytest.mark.parametrize("name", shapes_now())
def test_a_kind_of_event_keeps_its_shape(name: str) -> None:
    """An older server takes what it reads for what it knows: a field that is added, goes or changes is a new kind."""
    assert shapes_now()[name] == recorded()[name], f"{name} has another shape than it was stored with: {NEW_KIND}"


def test_the_shape_of_every_kind_is_recorded() -> None:
    """Those of earlier schema versions too."""
    assert recorded().keys() == KINDS


def test_a_shape_tells_every_change_of_a_field() -> None:
    """One that may be left out, one inside another field, and a value that is allowed now; but not new words."""
    added = create_model("Later", __base__=HexesRevealed, tier=(str, "explored"))
    assert shape_of(added)["properties"].keys() - shape_of(HexesRevealed)["properties"].keys() == {"tier"}
    bounded = create_model("Later", __base__=SessionEvent, number=(int, Field(ge=1)))
    assert shape_of(bounded)["properties"]["number"] == {"type": "integer", "minimum": 1}
    assert "hex_keys" in shape_of(ChangeStaged)["$defs"]["StagedReveal"]["properties"]
    told = create_model("Later", __base__=SessionEvent, number=(int, Field(description="In other words.")))
    assert shape_of(told)["properties"]["number"] == {"type": "integer"}


def test_an_event_with_unknown_fields_is_refused() -> None:
    """Whatever is in it: else an older server would decide on half of what happened."""
    for event in EVENT_CLASSES.values():
        shape = shape_of(event)
        assert all(part["additionalProperties"] is False for part in (shape, *shape.get("$defs", {}).values()))
