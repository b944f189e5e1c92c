"""What is wrong with input, in one line for the one who sent it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import ValidationError


def first_error(error: ValidationError, before: Sequence[str | int] = ()) -> str:
    """The place and the fault of the first error, as in `hexes[7].terrain: Field required`.

    `before` is the way to the value that was validated. What the sender wrote is not repeated.
    """
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    way = [*before, *first["loc"]]
    if first["type"] == "extra_forbidden" and not _PLAIN_KEY.fullmatch(str(way[-1])):
        way.pop()
    place = _place(way)
    return f"{place}: {fault(first['type'], first['msg'])}" if place else fault(first["type"], first["msg"])


def _place(way: Sequence[str | int]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in way)
    return "".join(steps).removeprefix(".")


_PLAIN_KEY = re.compile("[A-Za-z_][A-Za-z0-9_]{0,63}")
"""A key that nobody asked for may be of any length, and hold anything."""

_FAULTS = {
    "extra_forbidden": "There is no such key here",
    "model_type": "Input should be an object",
    "dict_type": "Input should be an object",
    "string_pattern_mismatch": "Input has a length or characters that are not allowed",
    "string_unicode": "Input has a length or characters that are not allowed",
}
"""Where pydantic's own message speaks of Python or quotes a regular expression."""


def fault(kind: str, message: str) -> str:
    """What is wrong in words for people, by pydantic's kind of error and its own message."""
    return _FAULTS.get(kind, message.removeprefix("Value error, "))
