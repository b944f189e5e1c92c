"""What a queue of staged changes comes to when all of it is published at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, assert_never

from domain.events import StagedReveal, StagedUpdate
from domain.hexes import HexKey
from domain.staged import StagedChange
from projections.knowers import Knowers, named_by, widened
from projections.pieces import in_order
from projections.turns import at_once


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
                named = named_by(waiting.change.audience)
                for key in waiting.change.hex_keys:
                    granted[key] = widened(granted.get(key, named), named)
            case StagedUpdate():
                updated.update(key for key, _ in waiting.change.changes)
            case _:
                assert_never(waiting.change)
    # One call of `sorted` for 100,000 keys would stop every thread.
    in_their_order = at_once(in_order(granted.keys()))
    return NetEffect(at_once(in_order(updated)), {key: granted[key] for key in in_their_order})
