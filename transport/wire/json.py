"""JSON for viewers: every frame, answer and line of a timeline is written here."""

from __future__ import annotations

import orjson


def wire_json(content: object) -> bytes:
    """Of dicts, lists, texts, numbers, ids and times; times in UTC end with Z."""
    return orjson.dumps(content, option=orjson.OPT_UTC_Z)
