"""The shape of each kind of event, as it was when the kind was first stored: shapes.json.

After an event has got a new kind, by a new class or a higher SCHEMA_VERSION, add its shape:

    python -m tests.domain.shapes

It adds what is missing and changes nothing that is there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from domain.event_codec import EVENT_CLASSES, kind
from domain.events import SessionEvent

FILE = Path(__file__).parent / "shapes.json"

_WORDS = {"title", "description"}
"""What is said about a field is no part of its shape."""


def shape_of(event: type[SessionEvent]) -> Any:
    """Every field with its type and its bounds, also of what lies inside a field."""
    return _without_words(event.model_json_schema())


def shapes_now() -> dict[str, Any]:
    """By kind, of those that this program writes."""
    return {kind(topic, event.SCHEMA_VERSION): shape_of(event) for topic, event in EVENT_CLASSES.items()}


def recorded() -> dict[str, Any]:
    """By kind, of all that any program ever wrote."""
    shapes: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return shapes


def _without_words(schema: Any, *, names_fields: bool = False) -> Any:
    match schema:
        case dict():
            return {
                name: _without_words(value, names_fields=name in ("properties", "$defs") and not names_fields)
                for name, value in schema.items()
                if names_fields or name not in _WORDS
            }
        case list():
            return [_without_words(value) for value in schema]
        case _:
            return schema


if __name__ == "__main__":
    known = recorded() if FILE.exists() else {}
    FILE.write_text(json.dumps(shapes_now() | known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
