"""Over all nodes, the order of positions is the order of commits."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import psycopg

from domain.ids import CampaignId
from domain.postgres import PostgresStore
from domain.postgres.statements import SQL
from domain.store import VersionConflict
from tests.access import access_of
from tests.domain.store.streams import a_campaign, map_part, reveal, reveals

WRITERS, APPENDS = 6, 25


async def test_a_reader_who_follows_positions_misses_nothing(database: str) -> None:
    """Two nodes write at once, and who reads on from the last position it saw gets every event once."""
    async with PostgresStore(database) as one, PostgresStore(database) as other:
        writing = asyncio.gather(*(write(store) for store in (one, other) for _ in range(WRITERS)))
        seen = await follow(database, writing)
        await writing
    async with await psycopg.AsyncConnection.connect(database) as connection:
        cursor = await connection.execute("select position from event_log order by position")
        assert seen == [position async for (position,) in cursor]
    assert len(seen) == 2 * WRITERS * APPENDS


MAINTENANCE = (
    "vacuum event_log",
    "analyze event_log",
    "create index concurrently by_actor on event_log (actor, position)",
    "reindex index concurrently by_actor",
    "vacuum (freeze) event_log",
    "drop index concurrently by_actor",
)
LONG_LOG = 20_000


async def test_nothing_is_missed_while_the_log_is_maintained(database: str) -> None:
    """Four nodes race for one stream while the log is vacuumed, analyzed and indexed."""
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(PostgresStore(database)) for _ in range(4)]
        for store in stores:
            await store.append(reveals(a_campaign(), range(1, LONG_LOG // len(stores) + 1)))
        raced, is_over = a_campaign(), asyncio.Event()
        racing = asyncio.gather(*(race(store, raced, is_over) for store in stores for _ in range(2)))
        following = asyncio.create_task(follow(database, racing))
        stored_meanwhile = await maintain(database)
        is_over.set()
        won, seen = await racing, await following
    assert stored_meanwhile > 0
    with psycopg.connect(database) as sql:
        positions = sql.execute("select position from event_log order by position").fetchall()
        versions = sql.execute(
            "select version from event_log where campaign_id = %s order by position", [raced]
        ).fetchall()
    assert seen == [position for (position,) in positions]
    assert [version for (version,) in versions] == list(range(1, sum(won) + 1))
    assert min(won) > 0


async def race(store: PostgresStore, campaign: CampaignId, is_over: asyncio.Event) -> int:
    """Appends to one stream as others do too, deciding again after each lost race; how often it won, once at least."""
    won = 0
    while not (is_over.is_set() and won):
        version = (await store.head(campaign)).version
        try:
            await store.append([reveal(campaign, version + 1)])
        except VersionConflict:
            continue
        won += 1
    return won


async def maintain(url: str) -> int:
    """How many events were stored meanwhile; again, if it was done before anybody wrote."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        stored = 0
        while not stored:
            before = await _last_position(connection)
            for statement in MAINTENANCE:
                await connection.execute(statement)
            stored = await _last_position(connection) - before
        return stored


async def _last_position(connection: psycopg.AsyncConnection) -> int:
    cursor = await connection.execute("select max(position) from event_log")
    [(position,)] = await cursor.fetchall()
    return int(position)


AGAIN = """
insert into event_log (campaign_id, version, event_id, type, schema_version, recorded_at, actor, data)
select campaign_id, version + 1, gen_random_uuid(), type, schema_version, recorded_at, actor, data from event_log
"""


async def test_maintenance_and_writers_do_not_wait_for_each_other(
    postgres: PostgresStore, database: str, sql: psycopg.Connection
) -> None:
    """The lock of VACUUM, ANALYZE and index builds holds up no append, and one that hangs holds up none of them."""
    with psycopg.connect(database) as maintained:
        maintained.execute("lock table event_log in share update exclusive mode")
        await postgres.append([reveal(a_campaign(), 1)])
    with psycopg.connect(database) as hanging:
        hanging.execute(SQL["lock_log"])
        hanging.execute(AGAIN)
        sql.execute("set lock_timeout = '1s'")
        sql.execute("vacuum event_log")
        sql.execute("analyze event_log")
    assert sql.execute("select version from event_log order by position").fetchall() == [(1,), (2,)]


async def write(store: PostgresStore) -> None:
    """Appends of different sizes, so that some commits take longer than others."""
    campaign = a_campaign()
    for version in range(1, APPENDS + 1):
        large = version % 5 == 0
        await store.append([map_part(campaign, version) if large else reveal(campaign, version)])


async def follow(url: str, writing: asyncio.Future[Any]) -> list[int]:
    """The positions in the order in which they can be seen, until nobody writes any more."""
    seen = [0]
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        last_look = False
        while not last_look:
            last_look = writing.done()
            query = "select position from event_log where position > %s order by position"
            cursor = await connection.execute(query, [seen[-1]])
            seen += [position async for (position,) in cursor]
    return seen[1:]


async def test_positions_follow_the_order_within_an_append(postgres: PostgresStore, sql: psycopg.Connection) -> None:
    """The events of an append lie in the log one after the other."""
    campaign = a_campaign()
    await postgres.append(reveals(campaign, range(1, 501)))
    rows = sql.execute("select version from event_log order by position").fetchall()
    assert [version for (version,) in rows] == list(range(1, 501))


async def test_who_listens_is_woken_once_a_commit(postgres: PostgresStore, database: str) -> None:
    """A commit sends one notification, which names the campaigns if they are few; a check names nobody's."""
    few = [a_campaign() for _ in range(3)]
    with psycopg.connect(database, autocommit=True) as listener:
        listener.execute(f"listen {access_of(database).channel('events')}")
        await postgres.check()
        await asyncio.gather(*(postgres.append([reveal(campaign, 1)]) for campaign in few))
        await asyncio.gather(*(postgres.append([reveal(a_campaign(), 1)]) for _ in range(101)))
        payloads = [notification.payload for notification in listener.notifies(timeout=0.5, stop_after=3)]
    assert payloads == [str(UUID(int=0)), ",".join(map(str, few)), ""]
