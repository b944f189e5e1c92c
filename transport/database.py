"""The pool of connections that everything asks the database through, but the event store and the analysts' tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg

from domain.postgres.pool import MOST, Connection, ConnectionPool, DatabaseUnusable
from domain.sql import load_statements
from domain.store import StoreUnavailable

ANSWER_SECONDS = 7.0
"""More than the server gives a statement, so that it has the word first."""

_SQL = load_statements("transport", "database.sql")


def connection_pool(url: str, *, size: int = MOST) -> ConnectionPool:
    """It connects when it is first used."""
    return ConnectionPool(url, _SQL["limit_session"], ANSWER_SECONDS, most=size)


class Connected:
    """Something that asks the database through a pool."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

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
