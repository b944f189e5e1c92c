"""What a hex key and a terrain may look like."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema

# Rust's regex: \d would admit every script's digits, and $ only matches at the very end.
_AXIAL = r"(?:0|-?[1-9][0-9]{0,4})"
# Printable as str.isprintable() has it: no controls, surrogates, format characters, and of all separators the space.
# The lengths are counted apart: "{1,64}" of a class of Unicode takes 28 ms to compile and eight times as long to match.
_PRINTABLE = r"^(?:[^\p{C}\p{Z}]| )*$"

# Many who read a description know no \p, and of those who do not all mean the same by it.
_DESCRIBED = {"type": "string", "description": "Printable characters."}

_Word = Annotated[
    str,
    StringConstraints(pattern=_PRINTABLE, min_length=1, max_length=64),
    WithJsonSchema({**_DESCRIBED, "minLength": 1, "maxLength": 64}),
]

HexKey = Annotated[str, StringConstraints(pattern=f"^{_AXIAL},{_AXIAL}$")]
"""Axial coordinates "q,r", each at most five digits, without leading zeros or "-0"."""

Terrain = _Word
"""1 to 64 printable characters."""

_EXACT_IN_JAVASCRIPT = 2**53 - 1

Variant = Annotated[int, Field(ge=-_EXACT_IN_JAVASCRIPT, le=_EXACT_IN_JAVASCRIPT)] | _Word
"""Which of several pictures of a terrain an editor drew; means nothing to the engine."""

UNKNOWN_TERRAIN = "unknown"
"""The terrain of a hex that nobody has set."""

MAX_HEXES = 5_000
"""Hexes in one event."""

COMMAND_HEXES = 10_000
"""Different hexes in one command. What is more than an event holds becomes several events, stored together."""


class Grid(BaseModel):
    """How an imported map is laid out; gridWidth and gridHeight in hexes, hexSize in the editor's pixels."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: Annotated[
        str,
        StringConstraints(pattern=_PRINTABLE, max_length=200),
        WithJsonSchema({**_DESCRIBED, "minLength": 0, "maxLength": 200}),
    ]
    width: int = Field(ge=0, le=100_000)
    height: int = Field(ge=0, le=100_000)
    hex_size: float = Field(gt=0, le=10_000, allow_inf_nan=False)
    orientation: Literal["flat", "pointy"]
