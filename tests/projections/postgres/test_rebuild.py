"""Tables that are made anew equal those that grew, and nobody has to wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from random import Random
from typing import Any

import psycopg
import pytest
from structlog.testing import capture_logs

from domain.postgres import PostgresStore
from projections.postgres.feeder import SMALL, Feeder, feeding_connection
from projections.postgres.rebuild import RebuildFailed, rebuild
from tests.projections.analytics.histories import history
from tests.projections.postgres.kit import NAMES, checkpoints, damage, feed, head, hold, log, set_aside, tables
from tests.projections.postgres.odd_events import poison


def nobody_looks(_done: int, _total: int) -> None:
    """At the progress."""


@asynccontextmanager
async def before_the_swap(database: str) -> AsyncIterator[asyncio.Task[int]]:
    """A rebuild that has read the log to its end, and until the end of the block waits for its turn to feed."""
    is_read = asyncio.Event()
    async with await psycopg.AsyncConnection.connect(database) as feeder:
        await feeder.execute("select take_turn_to_feed()")
        rebuilding = asyncio.create_task(rebuild(database, lambda _done, _total: is_read.set()))
        async with asyncio.timeout(60):
            await is_read.wait()
        yield rebuilding


def schemas(database: str) -> set[str]:
    with psycopg.connect(database) as connection:
        rows = connection.execute("select nspname from pg_namespace where nspname like 'analytics%'").fetchall()
        return {name for (name,) in rows}


COLUMNS = """
select table_name, column_name, data_type, is_nullable, is_generated from information_schema.columns
where table_schema = 'analytics_tables' order by table_name, ordinal_position
"""
INDEXES = """
select tablename, replace(indexdef, indexname, '') as definition from pg_indexes
where schemaname = 'analytics_tables' order by tablename, definition
"""
COMMENTS = """
select attrelid::regclass, attname, col_description(attrelid, attnum) from pg_attribute
inner join pg_class on pg_class.oid = attrelid
where relnamespace = 'analytics'::regnamespace order by attrelid, attnum
"""


def shape(database: str) -> list[Any]:
    """Columns, keys and indexes of the tables, and the columns of the views with their comments."""
    with psycopg.connect(database) as connection:
        return [connection.execute(question).fetchall() for question in (COLUMNS, INDEXES, COMMENTS)]


async def test_rebuilt_equals_incremental(database: str, seed: int) -> None:
    """Rows, checkpoints, and what they are made of; the events that came meanwhile are in both."""
    events = history(Random(seed), 400)
    await log(database, events)
    await feed(database, 13)
    grown, before, made = tables(database), checkpoints(database), shape(database)
    seen: list[tuple[int, int]] = []
    assert await rebuild(database, lambda done, total: seen.append((done, total))) == len(events)
    assert seen[-1][0] == seen[-1][1] == head(database)
    assert (tables(database), checkpoints(database)) == (grown, before)
    assert shape(database) == made
    assert schemas(database) == {"analytics", "analytics_tables"}


async def test_what_was_wrong_is_right_afterwards(database: str, seed: int) -> None:
    """Tables that somebody has spoilt, and halves of a rebuild that was killed."""
    await log(database, history(Random(seed), 200))
    await feed(database)
    right = tables(database)
    with psycopg.connect(database) as connection:
        connection.execute("update analytics_tables.terrain set terrain = 'lava'")
        connection.execute("delete from analytics_tables.staged_change")
        connection.execute("create schema analytics_rebuild create table session (nonsense integer)")
        connection.execute("create schema analytics_tables_old create table session (nonsense integer)")
    assert tables(database) != right
    await rebuild(database, nobody_looks)
    assert tables(database) == right


async def test_playing_feeding_and_reading_go_on(database: str, seed: int) -> None:
    """While the tables are made anew again and again: each reader sees whole tables, and no event is missed."""
    random, is_over = Random(seed), False
    await log(database, history(random, 300))

    async def play() -> None:
        async with PostgresStore(database) as store:
            while not is_over:
                for event in history(random, 10, campaigns=1):
                    await store.append([event])

    async def feed_on() -> None:
        async with feeding_connection(database) as connection:
            feeder = Feeder(connection, SMALL)
            while not is_over:
                await feeder.step()
                await asyncio.sleep(0.005)

    async def read() -> None:
        async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
            most = 0
            while not is_over:
                cursor = await connection.execute("select count(*) from analytics.staged_change")
                ((now,),) = await cursor.fetchall()
                assert now >= most
                most = now

    await feed(database)
    async with asyncio.TaskGroup() as others:
        for other in (play, feed_on, read):
            others.create_task(other())
        for _ in range(3):
            await rebuild(database, nobody_looks)
        is_over = True
    await feed(database)
    grown = tables(database)
    await rebuild(database, nobody_looks)
    assert tables(database) == grown
    assert checkpoints(database) == dict.fromkeys(NAMES, (head(database), None))


async def test_a_rebuild_sets_aside_what_is_odd(database: str, seed: int) -> None:
    """And nothing else; what was set aside and is odd no more is in the new tables."""
    events = history(Random(seed), 400)
    odd, mended = [[e for e in events if e.originator_id == one] for one in {e.originator_id for e in events}][:2]
    await log(database, events)
    damage(database, odd[len(odd) // 2], "type = 'comet_struck'")
    damage(database, mended[0], "schema_version = 9")
    await feed(database, 30)
    assert set_aside(database).keys() == {odd[0].originator_id, mended[0].originator_id}
    damage(database, mended[0], "schema_version = 1")
    assert await rebuild(database, nobody_looks) == len(events)
    assert set_aside(database).keys() == {odd[0].originator_id}
    before = odd[: len(odd) // 2]
    hold(database, [event for event in events if event.originator_id != odd[0].originator_id or event in before])
    rebuilt = tables(database)
    await feed(database)
    assert tables(database) == rebuilt


async def test_a_rebuild_that_fails_changes_nothing(database: str, seed: int) -> None:
    """One who is second is told so."""
    await log(database, history(Random(seed), 200))
    await feed(database)
    before = tables(database)
    async with await psycopg.AsyncConnection.connect(database) as connection:
        await connection.execute("lock table rebuild_turn in exclusive mode")
        with pytest.raises(RebuildFailed, match="by somebody else"):
            await rebuild(database, nobody_looks)
    assert tables(database) == before


async def test_who_reads_all_the_time_is_not_pushed_away(
    database: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The swap gives up in the end, and the old tables stay."""
    monkeypatch.setattr("projections.postgres.rebuild.ATTEMPTS", 1)
    await log(database, history(Random(seed), 50))
    await feed(database)
    before = tables(database)
    async with await psycopg.AsyncConnection.connect(database) as reader:
        await reader.execute("select * from analytics.session")
        with pytest.raises(RebuildFailed, match="reads the tables all the time"):
            await rebuild(database, nobody_looks)
        assert tables(database) == before
    await rebuild(database, nobody_looks)
    assert tables(database) == before


WAITS = """
select xact_start from pg_locks inner join pg_stat_activity using (pid)
where relation = 'analytics.session'::regclass and not granted
"""


async def test_a_reader_who_leaves_in_time_only_delays_it(database: str, seed: int) -> None:
    """The swap is tried again. What was logged meanwhile is in the tables, is counted once, and if odd told of once."""
    events = history(Random(seed), 100)
    half = len(events) // 2
    await log(database, events[:half])
    with capture_logs() as said:
        async with await psycopg.AsyncConnection.connect(database) as reader:
            await reader.execute("select * from analytics.session")
            async with before_the_swap(database) as rebuilding:
                odd = await poison(database, "session_paused", "{}")
                await log(database, events[half:])
            await second_attempt(database)
        assert await rebuilding == len(events) + 1
    assert [(line["event"], line["campaign"]) for line in said] == [("campaign set aside for analysts", str(odd))]
    hold(database, events)
    assert checkpoints(database) == dict.fromkeys(NAMES, (head(database), None))


async def second_attempt(database: str) -> None:
    """Returns when a second transaction waits for the reader."""
    began: set[datetime] = set()
    async with asyncio.timeout(60), await psycopg.AsyncConnection.connect(database, autocommit=True) as watcher:
        while len(began) < 2:
            began |= {at for (at,) in await (await watcher.execute(WAITS)).fetchall()}
            await asyncio.sleep(0.1)
