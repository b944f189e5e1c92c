"""Work on very many hexes in pieces that take a millisecond or two, with a pause after each.

One call of Python's own code on all of them, `sorted` of 100,000 keys for example, would stop the whole process.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Set, Sized
from itertools import chain, islice
from typing import TypeVar

from domain.hexes import HexKey
from projections.turns import Turns

T = TypeVar("T")

PIECE_HEXES = 2_000
"""In a piece."""

_EVERY = 10
"""Of the keys of a first piece each so many divides the others: 100,000 keys become 200 parts of about 500."""


def in_pieces(items: Iterable[T], weight: Callable[[T], int] | None = None) -> Iterator[list[T]]:
    """All of them, in lists that are never empty. `weight` is that of an item, in hexes, if they differ."""
    rest = iter(items)
    if weight is None:
        while piece := list(islice(rest, PIECE_HEXES)):
            yield piece
        return
    part, heavy = list[T](), 0
    for item in rest:
        part.append(item)
        heavy += weight(item)
        if heavy >= PIECE_HEXES:
            yield part
            part, heavy = [], 0
    if part:
        yield part


def weight_of(named: Sized | None) -> int:
    """How many hexes are written as fast as those who were named, None being all."""
    return len(named) // 2 if named is not None else 0


def all_of(*many: Iterable[HexKey]) -> Turns[set[HexKey]]:
    """Whatever is in any of them."""
    found: set[HexKey] = set()
    for items in many:
        for piece in in_pieces(items):
            found.update(piece)
            yield
    return found


def in_order(keys: Set[HexKey]) -> Turns[list[HexKey]]:
    """As `sorted` has them. A set has them in no order, so that the first ones divide the others evenly."""
    pieces = in_pieces(keys)
    first = sorted(next(pieces, []))
    if len(first) == len(keys):
        return first
    bounds = first[::_EVERY]
    parts: list[list[HexKey]] = [[] for _ in range(len(bounds) + 1)]
    for piece in chain([first], pieces):
        for key in piece:
            parts[bisect(bounds, key)].append(key)
        yield
    ordered: list[HexKey] = []
    waiting = 0
    for part in parts:
        ordered += sorted(part)
        waiting += len(part)
        if waiting > PIECE_HEXES:
            waiting = 0
            yield
    return ordered
