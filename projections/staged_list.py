"""The queue of staged changes as a DM reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from domain.events import Audience, StagedReveal, StagedUpdate
from domain.ids import UserId
from domain.table import StagedChange
from projections.messages import WireChange
from projections.people import Member


def staged_list(staged: Sequence[StagedChange], members: Mapping[UserId, Member]) -> list[WireChange]:
    """In the order in which they will be published."""
    return [_wire_change(waiting, members) for waiting in staged]


def _wire_change(waiting: StagedChange, members: Mapping[UserId, Member]) -> WireChange:
    change = waiting.change
    match change:
        case StagedReveal():
            return {
                "id": str(waiting.id),
                "description": f"Reveal {_count(change.hex_keys)} to {_whom(change.audience, members)}",
                "type": "hex:reveal",
                "data": {
                    "hexKeys": list(change.hex_keys),
                    "targets": "all" if change.audience == "all" else {"playerIds": list(change.audience)},
                },
            }
        case StagedUpdate():
            return {
                "id": str(waiting.id),
                "description": f"Set {_count(change.changes)} to {_terrains(change)}",
                "type": "hex:update",
                "data": {"changes": [{"key": key, "terrain": terrain} for key, terrain in change.changes]},
            }
        case _:
            assert_never(change)


def _count(hexes: Sequence[object]) -> str:
    return "1 hex" if len(hexes) == 1 else f"{len(hexes)} hexes"


def _whom(audience: Audience, members: Mapping[UserId, Member]) -> str:
    if audience == "all":
        return "all players"
    return _listed([members[player].name if player in members else "a former player" for player in audience])


def _terrains(change: StagedUpdate) -> str:
    return _listed(list(dict.fromkeys(terrain for _, terrain in change.changes)))


def _listed(words: list[str]) -> str:
    if len(words) > 4:
        return f"{', '.join(words[:3])} and {len(words) - 3} more"
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
