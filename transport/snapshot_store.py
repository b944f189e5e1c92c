"""Snapshots of rooms in PostgreSQL."""

from __future__ import annotations

import psycopg

from domain.ids import CampaignId
from domain.sql import load_statements
from domain.store import StoreUnavailable
from projections import snapshots
from projections.room_state import RoomState
from transport.directory.connections import Pool, answering
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
        row = {
            "campaign": campaign,
            "version": room.version,
            "shape": snapshots.SHAPE,
            "state": snapshots.encode(room),
        }
        try:
            async with answering(self._pool) as connection:
                await connection.execute(_SQL["keep_snapshot"], row)
        except psycopg.Error as error:
            raise StoreUnavailable(str(error)) from error
