"""How the directory reaches its database, and what it makes of the database's errors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import AsyncRowFactory
from psycopg_pool import AsyncConnectionPool

from domain.postgres.liveness import cut_when_silent, is_alive
from domain.postgres.session import begin_session
from domain.sql import load_statements
from domain.store import StoreUnavailable
from transport.directory.bounds import Bounds

STATEMENTS = load_statements("transport.directory", "directory.sql")

ANSWER_SECONDS = 7.0
"""More than the server gives a statement, so that it has the word first."""

Connection = AsyncConnection[Any]
Row = TypeVar("Row")


class Pool(AsyncConnectionPool[Connection]):
    """Says what is wrong with a database that can be reached and not be used, such as one that is not migrated."""

    trouble = "The database cannot be reached"


def connection_pool(url: str, *, size: int = 4) -> Pool:
    """A pool for a Directory, still closed: `async with` opens it, without waiting for the database."""

    async def begin(connection: Connection) -> None:
        try:
            await _begin(connection)
        except psycopg.Error as error:
            pool.trouble = f"The database cannot be used: {error.diag.message_primary or error}"
            raise
        pool.trouble = Pool.trouble

    pool = Pool(
        url,
        min_size=1,
        max_size=size,
        open=False,
        name="directory",
        timeout=2.0,
        # All connections die in a restart of the database; found out here, that fails nobody's call.
        check=_check,
        configure=begin,
        kwargs={
            "autocommit": True,
            "connect_timeout": 5,
            # Milliseconds. A database that does not answer is unavailable, however open its connection is.
            "tcp_user_timeout": 10_000,
        },
    )
    return pool


async def _begin(connection: Connection) -> None:
    with cut_when_silent(connection, ANSWER_SECONDS):
        await begin_session(connection)
        await connection.execute(STATEMENTS["limit_session"])


async def _check(connection: Connection) -> None:
    """Not the pool's own way, which asks the server: that would double what each call costs."""
    if not is_alive(connection):
        await connection.close()  # else the pool takes it back
        raise psycopg.OperationalError("the connection is gone")


@asynccontextmanager
async def answering(pool: Pool, seconds: float | None = None) -> AsyncIterator[Connection]:
    """A connection for so many seconds, or ANSWER_SECONDS. Raises psycopg.Error, also when nothing is said by then."""
    async with pool.connection() as connection:
        with cut_when_silent(connection, ANSWER_SECONDS if seconds is None else seconds):
            yield connection


async def fetch(connection: Connection, rows: AsyncRowFactory[Row], statement: str, **values: object) -> list[Row]:
    """All rows of a named statement, each as `rows` makes it."""
    async with connection.cursor(row_factory=rows) as cursor:
        await cursor.execute(STATEMENTS[statement], values)
        return await cursor.fetchall()


async def execute(connection: Connection, statement: str, **values: object) -> int:
    """How many rows the named statement changed."""
    cursor = await connection.execute(STATEMENTS[statement], values)
    return cursor.rowcount


class Connected:
    """Something that asks the database through a pool."""

    def __init__(self, pool: Pool, bounds: Bounds = Bounds()) -> None:  # noqa: B008 - it can't be changed
        self._pool = pool
        self._bounds = bounds

    @asynccontextmanager
    async def _connection(self, seconds: float | None = None) -> AsyncIterator[Connection]:
        """A connection for several statements, which stand alone unless they are in a `transaction()` of it.

        Raises StoreUnavailable. If the connection broke around a commit the change may be there all the same;
        whoever repeats the call then gets at worst a second person or a second invite that nobody uses.
        """
        try:
            async with answering(self._pool, seconds) as connection:
                yield connection
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise StoreUnavailable(self._pool.trouble) from error

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        """A connection whose statements become true together, at the end, or not at all. Raises StoreUnavailable."""
        async with self._connection() as connection, connection.transaction():
            yield connection

    async def _fetch(self, rows: AsyncRowFactory[Row], statement: str, **values: object) -> list[Row]:
        async with self._connection() as connection:
            return await fetch(connection, rows, statement, **values)

    async def _execute(self, statement: str, **values: object) -> int:
        async with self._connection() as connection:
            return await execute(connection, statement, **values)
