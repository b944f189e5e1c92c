"""Over all nodes, the order of positions is the order of commits."""

from __future__ import annotations

import asyncio
from uuid import UUID

import psycopg

from domain.postgres import PostgresStore
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


async def write(store: PostgresStore) -> None:
    """Appends of different sizes, so that some commits take longer than others."""
    campaign = a_campaign()
    for version in range(1, APPENDS + 1):
        large = version % 5 == 0
        await store.append([map_part(campaign, version) if large else reveal(campaign, version)])


async def follow(url: str, writing: asyncio.Future[list[None]]) -> list[int]:
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
        listener.execute("listen fogbound_events")
        await postgres.check()
        await asyncio.gather(*(postgres.append([reveal(campaign, 1)]) for campaign in few))
        await asyncio.gather(*(postgres.append([reveal(a_campaign(), 1)]) for _ in range(101)))
        payloads = [notification.payload for notification in listener.notifies(timeout=0.5, stop_after=3)]
    assert payloads == [str(UUID(int=0)), ",".join(map(str, few)), ""]
