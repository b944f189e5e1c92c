"""How every connection of ours begins: as the server's role, and with names that nobody else can give a meaning."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection, OperationalError

from domain.postgres.statements import SQL


async def begin_session(connection: AsyncConnection[Any]) -> None:
    """Whatever the login may do, and its URL or the environment asks for: from here on it may do what servers need.

    Raises psycopg.Error, of a database that is not migrated too.
    """
    cursor = await connection.execute(SQL["begin_session"])
    if not await cursor.fetchall():
        raise OperationalError("the database does not know the role of its servers: run `fogbound migrate`")


@asynccontextmanager
async def as_login(connection: AsyncConnection[Any]) -> AsyncIterator[None]:
    """For what concerns other sessions of the same login: only the login itself may see and end them."""
    await connection.execute(SQL["leave_role"])
    try:
        yield
    finally:
        try:
            await begin_session(connection)
        except BaseException:
            await connection.close()  # nobody else may have it as the login
            raise
