"""The few connections that the calls share."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from domain.postgres.pool import ConnectionPool, DatabaseUnusable

SLEEPERS = "select count(*) from pg_stat_activity where pid <> pg_backend_pid() and query = 'select pg_sleep(55)'"
OTHERS = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"


async def until_counted(sql: psycopg.Connection, query: str, number: int) -> None:
    async with asyncio.timeout(20):
        while sql.execute(query).fetchall() != [(number,)]:  # noqa: ASYNC110 - another process knows
            await asyncio.sleep(0.02)


async def test_who_gives_up_on_a_connection_leaves_none_behind(database: str, sql: psycopg.Connection) -> None:
    async with ConnectionPool(database, "select pg_sleep(55)", answer_seconds=60) as pool:

        async def ask() -> None:
            async with pool.connection():
                pass

        asking = asyncio.create_task(ask())
        await until_counted(sql, SLEEPERS, 1)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await until_counted(sql, OTHERS, 0)


async def test_a_database_that_refuses_to_begin_is_called_unusable(database: str, sql: psycopg.Connection) -> None:
    async with ConnectionPool(database, "select nothing_such from nowhere", answer_seconds=60) as pool:
        with pytest.raises(DatabaseUnusable, match='relation "nowhere" does not exist'):
            async with pool.connection():
                pass
        await until_counted(sql, OTHERS, 0)
