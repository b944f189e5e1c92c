"""A room as bytes, so that a long stream need not be read from its beginning. Only a cache: the log is the truth.

Lines of JSON: first all that is small, then the rest in parts; to write or read one takes a millisecond or two.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypeVar

from immutables import Map
from pydantic import TypeAdapter

from domain.event_codec import KINDS
from domain.hexes import Grid, HexKey, Terrain, Variant
from domain.ids import EventId, UserId
from domain.staged import NOTHING_STAGED, StagedChange, StagedQueue
from domain.table import Table
from projections.knowers import Knowers
from projections.room_state import RoomState
from projections.turns import Turns, at_once

T = TypeVar("T")

FOLD = 1
"""Raise it when `fold` gives other states for the same events: old snapshots are then no longer read."""

PART_HEXES = 500
"""In a part; each of them may be known to a hundred other players by name."""


@dataclass(frozen=True, slots=True)
class _Head:
    """`table` is without its staged changes."""

    version: int
    table: Table
    singled_out: frozenset[UserId]
    grid: Grid | None
    newest: EventId | None
    latest: datetime
    begun: tuple[tuple[HexKey, Terrain], ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """`known` are hexes with those who know them: many are known to the same players."""

    staged: tuple[StagedChange, ...] = ()
    terrain: dict[HexKey, Terrain] = field(default_factory=dict)
    variants: dict[HexKey, Variant] = field(default_factory=dict)
    known: tuple[tuple[Knowers, list[HexKey]], ...] = ()
    pointy: dict[HexKey, bool] = field(default_factory=dict)


_head: TypeAdapter[_Head] = TypeAdapter(_Head)
_part: TypeAdapter[_Part] = TypeAdapter(_Part)


def shape(kinds: Collection[str]) -> str:
    """Fingerprint of what a snapshot holds that a program makes which knows these kinds of events."""
    described = [FOLD, sorted(kinds), _head.json_schema(), _part.json_schema()]
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()


SHAPE = shape(KINDS)
"""A snapshot with another one is not read: it may rest on an event that this program does not know."""


SPACING = 1_000
"""Events between two snapshots of a small room, which are read and folded in about 15 ms."""

HEXES_AN_EVENT = 25
"""How many hexes of a snapshot cost as much as one event: that of a large map is rarer."""


def is_due(room: RoomState, last: int) -> bool:
    """Whether a snapshot is worth its bytes, the last one being of version `last`, or 0 for none."""
    return room.version - last >= SPACING + len(room.terrain) // HEXES_AN_EVENT


def encoding(room: RoomState) -> Turns[bytes]:
    """Makes about 40 bytes a hex."""
    table = room.table._replace(staged=NOTHING_STAGED)
    head = _Head(room.version, table, room.singled_out, room.grid, room.newest, room.latest, room.begun)
    lines = [_head.dump_json(head)]
    for part in _parts(room):
        lines.append(_part.dump_json(part, exclude_defaults=True))
        yield
    return b"\n".join(lines)


def decoding(snapshot: bytes) -> Turns[RoomState]:
    """Gives the room that was encoded. Raises ValueError on anything else."""
    first, *lines = snapshot.split(b"\n")
    head = _head.validate_json(first)
    staged: list[StagedChange] = []
    audiences: dict[Knowers, Knowers] = {}
    empty = RoomState()
    terrain, variants, knowers = empty.terrain.mutate(), empty.variants.mutate(), empty.knowers.mutate()
    pointy, shown = empty.pointy.mutate(), empty.shown
    for line in lines:
        part = _part.validate_json(line)
        staged += part.staged
        terrain.update(part.terrain)
        variants.update(part.variants)
        pointy.update(part.pointy)
        for audience, keys in part.known:
            # Once in memory, and not once a hex.
            same = audiences.setdefault(audience, audience)
            knowers.update((key, same) for key in keys)
        shown = shown.with_more(part.known)
        yield
    return RoomState(
        version=head.version,
        table=head.table._replace(staged=StagedQueue(staged)),
        terrain=terrain.finish(),
        variants=variants.finish(),
        knowers=knowers.finish(),
        shown=shown,
        singled_out=head.singled_out,
        grid=head.grid,
        pointy=pointy.finish(),
        newest=head.newest,
        latest=head.latest,
        begun=head.begun,
    )


def encode(room: RoomState) -> bytes:
    """The same at once."""
    return at_once(encoding(room))


def decode(snapshot: bytes) -> RoomState:
    """The same at once."""
    return at_once(decoding(snapshot))


def _parts(room: RoomState) -> Iterator[_Part]:
    for waiting in room.table.staged:
        yield _Part(staged=(waiting,))
    for terrain in _slices(room.terrain):
        yield _Part(terrain=terrain)
    for variants in _slices(room.variants):
        yield _Part(variants=variants)
    for some in _slices(room.knowers):
        keys_of: defaultdict[Knowers, list[HexKey]] = defaultdict(list)
        for key, knowers in some.items():
            keys_of[knowers].append(key)
        yield _Part(known=tuple(keys_of.items()))
    for pointy in _slices(room.pointy):
        yield _Part(pointy=pointy)


def _slices(hexes: Map[HexKey, T]) -> Iterator[dict[HexKey, T]]:
    items = iter(hexes.items())
    while some := dict(islice(items, PART_HEXES)):
        yield some
