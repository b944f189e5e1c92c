"""Finds JSON that would be read in one long call of Python's own reader, in which no other thread runs.

The reader calls back for each object. It reads what is between two of them without a pause, for example an array of
millions of numbers.
"""

from __future__ import annotations

import re

MOST = 64 * 1024
"""Characters between two objects, a text counting as one: some milliseconds. Long texts and white space take none."""

SHORT, WHITE_SPACE = 64, b" \t\r\n"

_OUTSIDE = re.compile(rb'[^{"]{0,65536}+')
_INSIDE = re.compile(rb'(?:[^"\\]|\\.){0,65536}+', re.DOTALL)


def has_long_stretch(body: bytes) -> bool:
    """Whether there is more than that between two objects, or before the first or after the last."""
    at = stretch = 0
    inside = False
    while at < len(body):
        found = (_INSIDE if inside else _OUTSIDE).match(body, at)
        end = at if found is None else found.end()
        if not inside:
            stretch += end - at if end - at < SHORT else len(body[at:end].translate(None, WHITE_SPACE))
        match body[end : end + 1]:
            case b"{" if not inside:
                stretch = 0
            case b'"':
                inside = not inside
                stretch += 1
            case b"\\":
                end += 1  # at the very end: no text goes on after it
            case _:
                end -= 1  # it was cut, and goes on
        if stretch > MOST:
            return True
        at = end + 1
    return False
