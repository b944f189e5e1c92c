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
from domain.table import Table, evolve
from transport.map_file import read_map


async def import_map_file(store: EventStore, campaign: CampaignId, actor: UserId, body: bytes) -> int:
    """Returns the number of hexes. Raises InvalidMap, and then nothing was stored, or an EngineError."""
    parts = await asyncio.to_thread(read_map, body)
    for part in parts:
        await _store_part(store, campaign, actor, part)
    return sum(len(part.changes) for part in parts)


async def _store_part(store: EventStore, campaign: CampaignId, actor: UserId, part: ImportMap) -> None:
    while True:
        aggregate = await _newest(store, campaign)
        nobody = Surroundings(players=())
        events = aggregate.handle(part, nobody, Occasion(actor, datetime.now(UTC), uuid4))
        try:
            return await store.append(events)
        except VersionConflict:
            # A server wrote in between: once more, on top of that.
            continue


async def _newest(store: EventStore, campaign: CampaignId) -> SessionAggregate:
    version, table = 0, Table()
    async for events in store.read(campaign):
        for event in events:
            version, table = event.originator_version, evolve(table, event)
    return SessionAggregate.at(campaign, version, table)
