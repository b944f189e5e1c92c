"""Snapshots of rooms in PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg

from domain.ids import CampaignId
from domain.sql import load_statements
from domain.store import StoreUnavailable
from projections import snapshots
from projections.room_state import RoomState
from transport.directory.connections import Connection, Pool, answering
from transport.room_loading import NOW

_SQL = load_statements("transport", "snapshot_store.sql")


class SnapshotStore:
    """A cache: what goes wrong with it costs time and nothing else."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def newest(self, campaign: CampaignId, up_to: int = NOW) -> RoomState | None:
        """The room as it was kept last, if this program can read it, and not later than at version `up_to`."""
        wanted = {"campaign": campaign, "shape": snapshots.SHAPE, "up_to": up_to}
        try:
            async with answering(self._pool) as connection:
                cursor = await connection.execute(_SQL["newest_snapshot"], wanted)
                row = await cursor.fetchone()
        except psycopg.Error:
            return None
        return snapshots.decode(bytes(row[0])) if row else None

    async def keep(self, campaign: CampaignId, room: RoomState) -> None:
        """Adds to the snapshots of the room. Raises StoreUnavailable."""
        async with self._connection() as connection:
            await _keep(connection, campaign, room)

    async def keep_next(self, campaign: CampaignId, room: RoomState, last: int) -> int:
        """Adds one, unless another server has since version `last`, or is about to; the newest version that is kept.

        Raises StoreUnavailable.
        """
        stream = {"campaign": campaign, "shape": snapshots.SHAPE}
        # The lock ends with the transaction, so also with a server that dies with it.
        async with self._connection() as connection, connection.transaction():
            if not await _rows(connection, "claim_snapshots", stream):
                return last
            [(newest,)] = await _rows(connection, "newest_version", stream)
            if newest <= last:
                await _keep(connection, campaign, room)
                newest = room.version
            return int(newest)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        try:
            async with answering(self._pool) as connection:
                yield connection
        except psycopg.Error as error:
            raise StoreUnavailable(str(error)) from error


async def _keep(connection: Connection, campaign: CampaignId, room: RoomState) -> None:
    state = snapshots.encode(room)
    row = {"campaign": campaign, "version": room.version, "shape": snapshots.SHAPE, "state": state}
    await connection.execute(_SQL["keep_snapshot"], row)


async def _rows(connection: Connection, statement: str, values: dict[str, object]) -> list[tuple[Any, ...]]:
    cursor = await connection.execute(_SQL[statement], values)
    return await cursor.fetchall()
