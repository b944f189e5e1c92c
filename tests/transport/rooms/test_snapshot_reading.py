"""Snapshots that can't be read. While the database is busy a room waits or is unavailable: it folds no long log."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import psycopg
import pytest

import domain.postgres.pool
from domain.postgres.pool import MOST, ConnectionPool
from domain.store import StoreUnavailable
from tests.access import access_of
from tests.domain.scenario import CAMPAIGN
from tests.transport.rooms.test_loading import MEMBERS, WINDOW, CountingStore, a_long_stream
from transport.database import connection_pool
from transport.rooms.loading import Snapshot, load_room
from transport.rooms.snapshot_store import SnapshotStore

LENGTH = 60


async def a_kept_room(pool: ConnectionPool) -> CountingStore:
    """A stream whose newest snapshot spares reading any of it."""
    store = await a_long_stream(LENGTH)
    whole = await load_room(CAMPAIGN, store, SnapshotStore(pool), MEMBERS, WINDOW)
    assert await SnapshotStore(pool).keep_next(CAMPAIGN, Snapshot(whole.state, whole.windows.kept()), 0) == LENGTH
    store.events_read = 0
    return store


async def all_of(pool: ConnectionPool, stack: AsyncExitStack) -> None:
    """Takes every connection, until the stack ends."""
    for _ in range(MOST):
        await stack.enter_async_context(pool.connection())


async def test_a_full_pool_makes_nobody_fold_the_log(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever gets no connection in time is told so; the next one opens the room from its snapshot."""
    monkeypatch.setattr(domain.postgres.pool, "WAIT_SECONDS", 0.05)
    async with connection_pool(database) as pool:
        store = await a_kept_room(pool)
        async with AsyncExitStack() as stack:
            await all_of(pool, stack)
            with pytest.raises(StoreUnavailable):
                await load_room(CAMPAIGN, store, SnapshotStore(pool), MEMBERS, WINDOW)
            with pytest.raises(StoreUnavailable):
                await SnapshotStore(pool).newest(CAMPAIGN)
        assert store.events_read == 0
        assert (await load_room(CAMPAIGN, store, SnapshotStore(pool), MEMBERS, WINDOW)).kept == LENGTH
        assert store.events_read == 0


async def test_a_pool_that_has_room_again_soon_is_waited_for(database: str) -> None:
    """Nobody is sent away for a moment in which all connections are in use."""
    async with connection_pool(database) as pool:
        store = await a_kept_room(pool)
        async with AsyncExitStack() as stack:
            await all_of(pool, stack)
            opening = asyncio.create_task(load_room(CAMPAIGN, store, SnapshotStore(pool), MEMBERS, WINDOW))
            while not pool.waiting:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0)
        assert (await opening).kept == LENGTH
    assert store.events_read == 0


async def test_a_database_that_is_away_makes_nobody_fold_the_log() -> None:
    """The log of another database may well be there."""
    store = await a_long_stream(LENGTH)
    async with connection_pool("postgresql://nobody@127.0.0.1:9/nothing") as pool:
        with pytest.raises(StoreUnavailable):
            await load_room(CAMPAIGN, store, SnapshotStore(pool), MEMBERS, WINDOW)
    assert store.events_read == 0


@pytest.mark.parametrize("damage", ["state = 'x'", "windows = 'x'"])
async def test_a_damaged_snapshot_is_none(database: str, damage: str) -> None:
    """It is only a cache: the room comes from the log, as it would without one."""
    async with connection_pool(database) as pool:
        store = await a_kept_room(pool)
        expected = await load_room(CAMPAIGN, store, SnapshotStore(pool), MEMBERS, WINDOW)
        with psycopg.connect(database) as sql:
            sql.execute(f"update keyframe set {damage}")
        loaded = await load_room(CAMPAIGN, store, SnapshotStore(pool), MEMBERS, WINDOW)
    assert (loaded.state, loaded.windows.kept(), loaded.kept) == (expected.state, expected.windows.kept(), 0)


async def test_snapshots_that_may_not_be_read_are_none(database: str) -> None:
    """What the database will never give is as good as not there."""
    async with connection_pool(database) as pool:
        store = await a_kept_room(pool)
        with psycopg.connect(database) as sql:
            sql.execute(f'revoke select on keyframe from "{access_of(database).server_role}"')
        assert (await load_room(CAMPAIGN, store, SnapshotStore(pool), MEMBERS, WINDOW)).kept == 0
    assert store.events_read == LENGTH
