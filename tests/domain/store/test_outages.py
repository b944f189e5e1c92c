"""Databases stop and start again."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import psycopg
import pytest

from domain.postgres import PostgresStore
from domain.postgres.statements import SQL
from domain.store import StoreUnavailable
from migrations.embedded_server import EmbeddedServer
from migrations.runner import migrate
from tests.domain.store.proxy import Proxy
from tests.domain.store.streams import a_campaign, reveal, reveals, stored


async def test_a_database_that_stops_and_starts_again(tmp_path: Path) -> None:
    """While it is away appends and reads fail at once and record nothing; afterwards everything goes on by itself."""
    campaign = a_campaign()
    server = EmbeddedServer.start(tmp_path, fsync=False)
    migrate(server.url)
    async with Proxy.to(server.url) as proxy, PostgresStore(proxy.url) as store:
        await store.append([first := reveal(campaign, 1)])
        await asyncio.to_thread(server.stop)
        began = time.monotonic()
        with pytest.raises(StoreUnavailable):
            await store.append([reveal(campaign, 2)])
        assert time.monotonic() - began < 1
        with pytest.raises(StoreUnavailable):
            await store.head(campaign)
        with EmbeddedServer.start(tmp_path, fsync=False) as again:
            proxy.redirect(again.url)
            await available(store)
            await store.append([second := reveal(campaign, 2)])
            assert await stored(store, campaign) == [first, second]


async def available(store: PostgresStore) -> None:
    """Returns when the store can commit."""
    while True:
        try:
            return await store.check()
        except StoreUnavailable:
            await asyncio.sleep(0.05)


async def test_a_restart_while_nobody_writes_is_not_noticed(postgres: PostgresStore, sql: psycopg.Connection) -> None:
    """A connection that ended while it was idle is replaced before anything is sent, for writers and readers."""
    campaign = a_campaign()
    await postgres.append([reveal(campaign, 1)])
    await postgres.head(campaign)
    sql.execute(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )
    await postgres.append([reveal(campaign, 2)])
    assert (await postgres.head(campaign)).version == 2


async def test_a_server_that_was_never_there() -> None:
    """Without a database the store opens, and everything that needs one fails soon."""
    async with PostgresStore("postgresql://nobody@127.0.0.1:1/nothing", append_timeout=0.3) as store:
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                await store.append([reveal(a_campaign(), 1)])
        with pytest.raises(StoreUnavailable):
            await store.check()
        with pytest.raises(StoreUnavailable):
            await stored(store, a_campaign())


async def test_a_reader_who_stops_early_holds_nothing(postgres: PostgresStore) -> None:
    """More readers than connections may be in the middle of a stream."""
    campaign = a_campaign()
    await postgres.append(reveals(campaign, range(1, 1_002)))
    readers = [postgres.read(campaign) for _ in range(10)]
    for reader in readers:
        assert (await anext(reader))[0].originator_version == 1
    assert (await postgres.head(campaign)).version == 1_001


async def test_a_frozen_node_does_not_hold_the_others_for_long(postgres: PostgresStore, database: str) -> None:
    """A node that stops in the middle of a commit loses the lock before the others give up on the server."""
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as frozen:
        await frozen.execute(SQL["writer_session"])
        await frozen.execute("begin")
        await frozen.execute(SQL["lock_log"])
        await postgres.append([reveal(a_campaign(), 1)])
