"""The statements on people, campaigns and invites, and how a part of the directory runs them."""

from __future__ import annotations

from typing import TypeVar

from psycopg.rows import AsyncRowFactory

from domain.postgres.pool import Connection, ConnectionPool
from domain.sql import load_statements
from transport.database import Connected
from transport.settings import Bounds

STATEMENTS = load_statements("transport.accounts", "accounts.sql")

Row = TypeVar("Row")


async def fetch(connection: Connection, rows: AsyncRowFactory[Row], statement: str, **values: object) -> list[Row]:
    """All rows of a named statement, each as `rows` makes it."""
    async with connection.cursor(row_factory=rows) as cursor:
        await cursor.execute(STATEMENTS[statement], values)
        return await cursor.fetchall()


async def execute(connection: Connection, statement: str, **values: object) -> int:
    """How many rows the named statement changed."""
    cursor = await connection.execute(STATEMENTS[statement], values)
    return cursor.rowcount


class DirectoryPart(Connected):
    """What the directory does for one kind of thing, within these bounds."""

    def __init__(self, pool: ConnectionPool, bounds: Bounds = Bounds()) -> None:  # noqa: B008 - it can't be changed
        super().__init__(pool)
        self._bounds = bounds

    async def _fetch(self, rows: AsyncRowFactory[Row], statement: str, **values: object) -> list[Row]:
        async with self._connection() as connection:
            return await fetch(connection, rows, statement, **values)

    async def _execute(self, statement: str, **values: object) -> int:
        async with self._connection() as connection:
            return await execute(connection, statement, **values)
