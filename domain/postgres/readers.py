"""The connections for single statements, reading as a rule: a few, made when they are needed and kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg import AsyncConnection

from domain.postgres.liveness import closed_on_failure, is_alive, new_connection
from domain.postgres.statements import SQL

MAX_READERS = 4


class Readers:
    """Not psycopg_pool: it comes back from an outage as slowly as its back-off grew, and we want to at once."""

    def __init__(self, url: str, answer_timeout: float) -> None:
        self._url = url
        self._answer_timeout = answer_timeout
        self._idle: list[AsyncConnection] = []
        self._turns = asyncio.Semaphore(MAX_READERS)
        self._is_closed = False

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """A connection for one question. Raises psycopg.Error, and TimeoutError when all are busy for too long."""
        async with asyncio.timeout(self._answer_timeout):
            await self._turns.acquire()
        try:
            connection = await self._take()
            async with closed_on_failure(connection, self._answer_timeout):
                yield connection
            await self._put_back(connection)
        finally:
            self._turns.release()

    async def close(self) -> None:
        """Ends the idle connections; the others end when they come back."""
        self._is_closed = True
        while self._idle:
            await self._idle.pop().close()

    async def _take(self) -> AsyncConnection:
        while self._idle:
            connection = self._idle.pop()
            if is_alive(connection):
                return connection
            await connection.close()
        async with new_connection(self._url, self._answer_timeout) as connection:
            await connection.execute(SQL["reader_session"])
        return connection

    async def _put_back(self, connection: AsyncConnection) -> None:
        if self._is_closed:
            await connection.close()
        else:
            self._idle.append(connection)
