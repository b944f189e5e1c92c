"""Where two viewers' states differ, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from projections.viewer_state import ViewerState

SHOWN = 5
"""Entries of a difference that are spelled out; the rest are counted."""


def differences(has: ViewerState, should: ViewerState) -> list[str]:
    """A line for each part in which they differ; none when they are equal."""
    found: list[str] = []
    for part in fields(ViewerState):
        ours, theirs = getattr(has, part.name), getattr(should, part.name)
        if ours != theirs:
            found.append(f"{part.name}: {_in_words(ours, theirs)}")
    return found


def _in_words(has: object, should: object) -> str:
    if isinstance(has, set) and isinstance(should, set):
        return _listed(
            [*(f"{key} too much" for key in sorted(has - should)), *(f"{key} missing" for key in sorted(should - has))]
        )
    if isinstance(has, Mapping) and isinstance(should, Mapping):
        keys = sorted(key for key in {*has, *should} if has.get(key) != should.get(key))
        return _listed([f"{key} is {_value(has, key)}, not {_value(should, key)}" for key in keys])
    return f"is {has!r}, not {should!r}"


def _value(of: Mapping[str, object], key: str) -> str:
    if key not in of:
        return "missing"
    value = of[key]
    return repr(sorted(value)) if isinstance(value, frozenset) else repr(value)


def _listed(entries: list[str]) -> str:
    more = len(entries) - SHOWN
    return "; ".join(entries[:SHOWN]) + (f"; and {more} more" if more > 0 else "")
