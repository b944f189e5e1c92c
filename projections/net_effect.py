"""What a queue of staged changes comes to when all of it is published at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, assert_never

from domain.events import StagedReveal, StagedUpdate
from domain.hexes import HexKey
from domain.table import StagedChange
from projections.room_state import Knowers, widened


class NetEffect(NamedTuple):
    """The hexes whose terrain is set, and to whom which hexes are revealed; both in the order of their keys.

    In another order they would tell of changes that others replaced.
    """

    updated: list[HexKey]
    granted: dict[HexKey, Knowers]


NO_EFFECT = NetEffect([], {})


def net_effect(staged: Iterable[StagedChange]) -> NetEffect:
    """Each reveal counts with the targets that it was staged with."""
    updated: set[HexKey] = set()
    granted: dict[HexKey, Knowers] = {}
    for waiting in staged:
        match waiting.change:
            case StagedReveal(audience=()):
                pass  # only DMs were named
            case StagedReveal():
                for key in waiting.change.hex_keys:
                    granted[key] = widened(granted.get(key, frozenset()), waiting.change.audience)
            case StagedUpdate():
                updated.update(key for key, _ in waiting.change.changes)
            case _:
                assert_never(waiting.change)
    return NetEffect(sorted(updated), dict(sorted(granted.items(), key=_key)))


def _key(grant: tuple[HexKey, Knowers]) -> HexKey:
    return grant[0]
