"""The queue of staged changes as a DM reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from domain.events import StagedReveal, StagedUpdate
from domain.ids import UserId
from domain.table import StagedChange
from projections.messages import WireChange
from projections.people import Member, People
from projections.words import described


def staged_list(staged: tuple[StagedChange, ...], people: People) -> list[WireChange]:
    """In the order in which they will be published."""
    last = people.queue
    length = len(last.staged)
    if staged[:length] == last.staged:  # nothing was taken away, as most times
        told = [*last.told, *(_wire_change(one, people.members) for one in staged[length:])]
    else:
        # By the place in memory: what was told last is held, so that nothing else can have it.
        known = {id(one): wire for one, wire in zip(last.staged, last.told, strict=True)}
        told = [known[id(one)] if id(one) in known else _wire_change(one, people.members) for one in staged]
    last.staged, last.told = staged, told
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
