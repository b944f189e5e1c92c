"""Imports a map file without a server: straight into the log, beside whoever else writes to it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from uuid import uuid4

from domain.aggregate import CommandMetadata, SessionAggregate
from domain.commands import ImportMap, ImportTogether
from domain.decide import CommandContext
from domain.hexes import HexKey
from domain.ids import CampaignId, EventId, UserId
from domain.map_parts import UnfinishedImport
from domain.postgres import PostgresStore
from domain.store import VersionConflict
from projections.room_state import RoomState, replay
from transport.maps.file import read_file
from transport.maps.parts import bring_in, hexes_of_import


async def import_map_file(store: PostgresStore, campaign: CampaignId, actor: UserId, body: bytes) -> int:
    """Returns the number of hexes; goes on with an unfinished import of the same file.

    Raises InvalidMap, and then nothing was stored, ImportConflict, or an EngineError.
    """
    file = await asyncio.to_thread(read_file, body)
    importer = WithoutServer(store, campaign, actor)
    await bring_in(importer, file, importer.came)
    return file.hexes


class WithoutServer:
    """See transport.maps.parts.Importer."""

    def __init__(self, store: PostgresStore, campaign: CampaignId, actor: UserId) -> None:
        self._store = store
        self._campaign = campaign
        self._actor = actor
        self._room = RoomState()

    async def look(self) -> RoomState:
        async for events in self._store.read(self._campaign, self._room.version):
            self._room = replay(events, self._room)
        return self._room

    async def came(self, unfinished: UnfinishedImport) -> Collection[HexKey]:
        """See transport.maps.parts.Came."""
        return await hexes_of_import(self._store.read(self._campaign, unfinished.begun - 1), unfinished.id)

    async def give(self, parts: Sequence[ImportMap]) -> EventId:
        while True:
            room = self._room
            aggregate = SessionAggregate.at(self._campaign, room.version, room.table, room.latest)
            metadata = CommandMetadata(self._actor, await self._store.now(), uuid4)
            events = aggregate.handle(ImportTogether(parts), CommandContext(players=()), metadata)
            try:
                await self._store.append(events)
            except VersionConflict:
                # A server wrote in between: once more, on top of that.
                await self.look()
            else:
                self._room = replay(events, room)
                return events[-1].event_id
