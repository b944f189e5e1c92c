"""What is wrong with input, in one line for the one who sent it."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError


def first_error(error: ValidationError, before: Sequence[str | int] = ()) -> str:
    """The place and the fault of the first error, as in `hexes[7].terrain: Field required`.

    `before` is the way to the value that was validated. What the sender wrote is not repeated.
    """
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = _place([*before, *first["loc"]])
    return f"{place}: {fault(first['type'], first['msg'])}" if place else fault(first["type"], first["msg"])


def _place(way: Sequence[str | int]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in way)
    return "".join(steps).removeprefix(".")


_FAULTS = {
    "model_type": "Input should be an object",
    "dict_type": "Input should be an object",
    "string_pattern_mismatch": "Input has a length or characters that are not allowed",
    "string_unicode": "Input has a length or characters that are not allowed",
}
"""Where pydantic's own message speaks of Python or quotes a regular expression."""


def fault(kind: str, message: str) -> str:
    """What is wrong in words for people, by pydantic's kind of error and its own message."""
    return _FAULTS.get(kind, message.removeprefix("Value error, "))
