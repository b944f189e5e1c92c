"""Databases stop and start again."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import psycopg
import pytest

from domain.postgres import PostgresStore
from domain.postgres.writer import Writer
from domain.store import StoreUnavailable
from migrations.embedded.server import EmbeddedServer
from migrations.runner import migrate
from tests.domain.store.lock import waiting_backends
from tests.domain.store.patience import until
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
    async with PostgresStore("postgresql://nobody@127.0.0.1:1/nothing", append_timeout=1) as store:
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


async def test_a_frozen_node_does_not_hold_the_others_for_long(database: str) -> None:
    """A node that stops in the middle of a commit loses the lock before the others give up on the server."""
    frozen = await Writer.open(database, answer_timeout=1)
    try:
        await frozen.connection.execute("begin")
        await frozen.connection.execute("execute lock_log")
        async with PostgresStore(database) as store:
            await store.append([reveal(a_campaign(), 1)])
    finally:
        await frozen.close()


async def test_a_reader_who_gives_up_disturbs_nobody(postgres: PostgresStore, database: str) -> None:
    """A cancelled read takes its connection with it; the next readers get others."""
    with psycopg.connect(database) as other:
        other.execute("lock table event_log in access exclusive mode")
        reads = [asyncio.create_task(postgres.head(a_campaign())) for _ in range(6)]
        await asyncio.wait(reads, timeout=0.1)
        for read in reads:
            read.cancel()
        await asyncio.wait(reads)
    assert (await postgres.head(a_campaign())).version == 0


async def test_readers_wait_for_each_other_but_not_for_ever(database: str) -> None:
    """More reads than connections wait in line; when nothing comes back they fail."""
    async with PostgresStore(database, answer_timeout=1) as store:
        with psycopg.connect(database) as other:
            other.execute("lock table event_log in access exclusive mode")
            reads = [asyncio.create_task(store.head(a_campaign())) for _ in range(6)]
            outcomes = await asyncio.gather(*reads, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 6
        heads = await asyncio.gather(*(store.head(a_campaign()) for _ in range(20)))
        assert [head.version for head in heads] == [0] * 20


async def test_a_read_that_ends_after_the_store_is_closed(database: str, sql: psycopg.Connection) -> None:
    """Closing the store leaves no connection behind, also of a reader who was in the middle."""
    store = PostgresStore(database)
    await store.open()
    with psycopg.connect(database) as other:
        other.execute("lock table event_log in access exclusive mode")
        read = asyncio.create_task(store.head(a_campaign()))
        await waiting_backends(sql)
        await store.close()
    assert (await read).version == 0
    query = "select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    await until(lambda: sql.execute(query).fetchone() is None)
