"""How the directory reaches its database, and what it makes of the database's errors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

import psycopg
from psycopg.rows import AsyncRowFactory

from domain.postgres.pool import MOST, Connection, ConnectionPool, DatabaseUnusable
from domain.sql import load_statements
from domain.store import StoreUnavailable
from transport.directory.bounds import Bounds

STATEMENTS = load_statements("transport.directory", "directory.sql")

ANSWER_SECONDS = 7.0
"""More than the server gives a statement, so that it has the word first."""

Row = TypeVar("Row")


def connection_pool(url: str, *, size: int = MOST) -> ConnectionPool:
    """One for a Directory. It connects when it is first used."""
    return ConnectionPool(url, STATEMENTS["limit_session"], ANSWER_SECONDS, most=size)


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

    def __init__(self, pool: ConnectionPool, bounds: Bounds = Bounds()) -> None:  # noqa: B008 - it can't be changed
        self._pool = pool
        self._bounds = bounds

    @asynccontextmanager
    async def _connection(self, seconds: float | None = None) -> AsyncIterator[Connection]:
        """A connection for several statements, which stand alone unless they are in a `transaction()` of it.

        Raises StoreUnavailable. If the connection broke around a commit the change may be there all the same;
        whoever repeats the call then gets at worst a second person or a second invite that nobody uses.
        """
        try:
            async with self._pool.connection(seconds) as connection:
                yield connection
        except DatabaseUnusable as error:
            raise StoreUnavailable(str(error)) from error
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise StoreUnavailable("The database cannot be reached") from error

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
