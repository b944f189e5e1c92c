"""Imports a map file without a server: straight into the log, beside whoever else writes to it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

from domain.aggregate import Occasion, SessionAggregate
from domain.commands import ImportMap
from domain.decide import Surroundings
from domain.ids import CampaignId, UserId
from domain.store import EventStore, VersionConflict
from projections.room_state import RoomState, replay
from transport.map_file import known_first, read_map


async def import_map_file(store: EventStore, campaign: CampaignId, actor: UserId, body: bytes) -> int:
    """Returns the number of hexes. Raises InvalidMap, and then nothing was stored, or an EngineError."""
    parts = await asyncio.to_thread(read_map, body)
    room = await _newest(store, campaign, RoomState())
    for part in known_first(parts, room.knowers):
        room = await _store_part(store, campaign, actor, part, room)
    return sum(len(part.changes) for part in parts)


async def _store_part(
    store: EventStore, campaign: CampaignId, actor: UserId, part: ImportMap, room: RoomState
) -> RoomState:
    """The room after it."""
    while True:
        aggregate = SessionAggregate.at(campaign, room.version, room.table, room.latest)
        events = aggregate.handle(part, Surroundings(players=()), Occasion(actor, datetime.now(UTC), uuid4))
        try:
            await store.append(events)
        except VersionConflict:
            # A server wrote in between: once more, on top of that.
            room = await _newest(store, campaign, room)
        else:
            return replay(events, room)


async def _newest(store: EventStore, campaign: CampaignId, room: RoomState) -> RoomState:
    async for events in store.read(campaign, room.version):
        room = replay(events, room)
    return room
