"""A room as bytes, so that a long stream need not be read from its beginning. Only a cache: the log is the truth."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from immutables import Map
from pydantic import TypeAdapter

from domain.hexes import Grid, HexKey, Terrain, Variant
from domain.ids import EventId, UserId
from domain.table import Table
from projections.room_state import Knowers, RoomState

FOLD = 1
"""Raise it when `fold` gives other states for the same events: old snapshots are then no longer read."""


@dataclass(frozen=True, slots=True)
class _Stored:
    version: int
    table: Table
    terrain: dict[HexKey, Terrain]
    variants: dict[HexKey, Variant]
    knowers: dict[HexKey, Knowers]
    singled_out: frozenset[UserId]
    grid: Grid | None
    pointy: tuple[HexKey, ...]
    newest: EventId | None


_stored: TypeAdapter[_Stored] = TypeAdapter(_Stored)

SHAPE = hashlib.sha256(json.dumps([FOLD, _stored.json_schema()], sort_keys=True).encode()).hexdigest()
"""Fingerprint of what a snapshot holds; one with another fingerprint is not read."""


SPACING = 1_000
"""Events between two snapshots of a small room, which are read and folded in about 15 ms."""

HEXES_AN_EVENT = 25
"""How many hexes of a snapshot cost as much as one event: that of a large map is rarer."""


def is_due(room: RoomState, last: int) -> bool:
    """Whether a snapshot is worth its bytes, the last one being of version `last`, or 0 for none."""
    return room.version - last >= SPACING + len(room.terrain) // HEXES_AN_EVENT


def encode(room: RoomState) -> bytes:
    """JSON, about 40 bytes a hex."""
    return _stored.dump_json(
        _Stored(
            version=room.version,
            table=room.table,
            terrain=dict(room.terrain),
            variants=dict(room.variants),
            knowers=dict(room.knowers),
            singled_out=room.singled_out,
            grid=room.grid,
            pointy=tuple(room.pointy),
            newest=room.newest,
        )
    )


def decode(snapshot: bytes) -> RoomState:
    """The room that was encoded. Raises ValueError on anything else."""
    stored = _stored.validate_json(snapshot)
    return RoomState(
        version=stored.version,
        table=stored.table,
        terrain=Map(stored.terrain),
        variants=Map(stored.variants),
        knowers=Map(stored.knowers),
        singled_out=stored.singled_out,
        grid=stored.grid,
        pointy=Map(dict.fromkeys(stored.pointy, True)),
        newest=stored.newest,
    )
