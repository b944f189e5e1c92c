"""The queue of staged changes as a DM reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from domain.events import StagedReveal, StagedUpdate
from domain.ids import UserId
from domain.table import StagedChange
from projections.messages import WireChange
from projections.people import Member, People
from projections.words import described


def staged_list(staged: Sequence[StagedChange], people: People) -> list[WireChange]:
    """In the order in which they will be published."""
    before = people.queue
    # By the place in memory: what is remembered is held, so that no other change can have it.
    told = [before[id(one)][1] if id(one) in before else _wire_change(one, people.members) for one in staged]
    before.clear()
    for one, wire in zip(staged, told, strict=True):
        before[id(one)] = (one, wire)
    return told


def _wire_change(waiting: StagedChange, members: Mapping[UserId, Member]) -> WireChange:
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
