"""Snapshots of rooms in PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg
import structlog

from domain.ids import CampaignId
from domain.postgres.pool import Connection, ConnectionPool
from domain.sql import load_statements
from domain.store import StoreUnavailable
from projections import snapshots
from projections.room_state import RoomState
from projections.turns import in_turns
from transport.rooms import windows_codec
from transport.rooms.loading import NOW, Snapshot

log = structlog.get_logger()

_SQL = load_statements("transport.rooms", "snapshot_store.sql")

SHAPE = f"{snapshots.SHAPE}-{windows_codec.SHAPE}"
"""Of a whole row: one that other code wrote is not read."""


class SnapshotStore:
    """A cache: what is wrong with it costs time and nothing else. But a busy database is not an empty cache.

    Large rooms are encoded and decoded in many turns, so that others have theirs, and never while a transaction waits.
    """

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    async def newest(self, campaign: CampaignId, up_to: int = NOW) -> RoomState | None:
        """The state as it was kept last, if this program can read it, and not later than at version `up_to`.

        Raises StoreUnavailable.
        """
        row = await self._find("newest_state", {"campaign": campaign, "shape": SHAPE, "up_to": up_to})
        if row is not None:
            with _without_damaged(campaign):
                return await in_turns(snapshots.decoding(row[0]))
        return None

    async def newest_whole(self, campaign: CampaignId) -> Snapshot | None:
        """The last one from which a room can go on: `keep` leaves none of these. Raises StoreUnavailable."""
        row = await self._find("newest_whole", {"campaign": campaign, "shape": SHAPE})
        if row is not None:
            state, windows = row
            with _without_damaged(campaign):
                return Snapshot(
                    await in_turns(snapshots.decoding(state)), await in_turns(windows_codec.decoding(windows))
                )
        return None

    async def keep(self, campaign: CampaignId, room: RoomState) -> None:
        """Adds a state of the past. Raises StoreUnavailable."""
        row = await _row(campaign, room)
        async with self._connection() as connection:
            await connection.execute(_SQL["keep_state"], row)

    async def keep_next(self, campaign: CampaignId, room: Snapshot, last: int) -> int:
        """Adds a whole one, unless another server has since version `last`, or is about to; the newest one's version.

        Raises StoreUnavailable.
        """
        # Encoding takes long: not before it is known to be our turn, and not while a transaction waits for it.
        async with self._connection() as connection, connection.transaction():
            newest = await _newest_unless_claimed(connection, campaign)
        if newest is None or newest > last:
            return last if newest is None else newest
        row = await _row(campaign, room.state)
        row["windows"] = await in_turns(windows_codec.encoding(room.windows))
        async with self._connection() as connection, connection.transaction():
            newest = await _newest_unless_claimed(connection, campaign)
            if newest is None or newest > last:
                return last if newest is None else newest
            await connection.execute(_SQL["keep_whole"], row)
            return room.state.version

    async def _find(self, statement: str, wanted: dict[str, Any]) -> Any | None:
        try:
            async with self._pool.connection() as connection:
                cursor = await connection.execute(_SQL[statement], wanted, binary=True)
                return await cursor.fetchone()
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            # All connections are in use, perhaps: whoever folded the whole log now would make that worse.
            raise StoreUnavailable(f"{statement} got no answer: {error}") from error
        except psycopg.Error:
            log.exception("snapshots cannot be read")
            return None

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        try:
            async with self._pool.connection() as connection:
                yield connection
        except psycopg.Error as error:
            raise StoreUnavailable(str(error)) from error


@contextmanager
def _without_damaged(campaign: CampaignId) -> Iterator[None]:
    """A block that reads a snapshot: of one that is damaged the log says, and the block ends."""
    try:
        yield
    except Exception:  # whatever the bytes are, and whoever tries to read them
        log.exception("a snapshot is damaged", campaign=str(campaign))


async def _row(campaign: CampaignId, room: RoomState) -> dict[str, Any]:
    state = await in_turns(snapshots.encoding(room))
    return {"campaign": campaign, "version": room.version, "shape": SHAPE, "state": state}


async def _newest_unless_claimed(connection: Connection, campaign: CampaignId) -> int | None:
    """The version of the newest whole one, 0 for none; None while another server is about to add one.

    The claim ends with the transaction, so also with a server that dies with it.
    """
    stream = {"campaign": campaign, "shape": SHAPE}
    if not await _rows(connection, "claim_snapshots", stream):
        return None
    [(newest,)] = await _rows(connection, "newest_version", stream)
    return int(newest)


async def _rows(connection: Connection, statement: str, values: dict[str, object]) -> list[tuple[Any, ...]]:
    cursor = await connection.execute(_SQL[statement], values)
    return await cursor.fetchall()
