"""The queue of staged changes as a DM reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

from domain.events import StagedReveal, StagedUpdate
from domain.ids import UserId
from domain.staged import StagedChange
from projections.messages import WireChange
from projections.people import Member
from projections.pieces import weight_of
from projections.words import described

CHANGE_WEIGHT = 2
"""Of all that is neither a hex nor a person."""


def staged_list(staged: Iterable[StagedChange], members: Mapping[UserId, Member]) -> list[WireChange]:
    """In the order in which they will be published."""
    return [wire_change(waiting, members) for waiting in staged]


def weight_of_change(waiting: StagedChange) -> int:
    """How much there is to be written of one, in hexes."""
    change = waiting.change
    named = change.audience if isinstance(change, StagedReveal) and change.audience != "all" else ()
    return CHANGE_WEIGHT + change.size + weight_of(named)


def wire_change(waiting: StagedChange, members: Mapping[UserId, Member]) -> WireChange:
    """One of them. Only its description depends on the people."""
    change = waiting.change
    match change:
        case StagedReveal():
            return {
                "id": str(waiting.id),
                "description": described(change, members),
                "type": "hex:reveal",
                "data": {
                    "hexKeys": list(change.hex_keys),
                    "targets": "all" if change.audience == "all" else {"playerIds": list(change.audience)},
                },
            }
        case StagedUpdate():
            return {
                "id": str(waiting.id),
                "description": described(change, members),
                "type": "hex:update",
                "data": {"changes": [{"key": key, "terrain": terrain} for key, terrain in change.changes]},
            }
        case _:
            assert_never(change)
