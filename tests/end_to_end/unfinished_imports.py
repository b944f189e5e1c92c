"""Imports of maps that stopped halfway."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from domain.commands import ImportMap
from domain.ids import CampaignId, EventId, UserId
from domain.postgres import PostgresStore
from projections.room_state import RoomState
from tests.end_to_end.peers import Table
from tests.transport.maps.map_files import a_map_file, as_bytes
from transport.maps.file import read_file
from transport.maps.importing import WithoutServer
from transport.maps.parts import Importer, bring_in

FILE = a_map_file(12_000)


class Stopped(Exception):
    """The power went off."""


class StopsAfter:
    """An importer that ends after so many appends."""

    def __init__(self, importer: Importer, appends: int) -> None:
        self._importer = importer
        self._left = appends

    async def look(self) -> RoomState:
        return await self._importer.look()

    async def give(self, parts: Sequence[ImportMap]) -> EventId:
        if self._left == 0:
            raise Stopped
        self._left -= 1
        return await self._importer.give(parts)


async def half_an_import(table: Table, file: dict[str, Any] = FILE, parts: int = 1) -> None:
    """Only so many parts of the file reach the log."""
    async with PostgresStore(table.database) as store:
        importer = WithoutServer(store, CampaignId(UUID(table.campaign)), UserId(table.dm.user_id))
        with pytest.raises(Stopped):
            await bring_in(StopsAfter(importer, parts), read_file(as_bytes(file)), importer.came)
