"""The connection that all appends of a node go through."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import NamedTuple

import psycopg
from psycopg import AsyncConnection

from domain.append import Append
from domain.postgres.liveness import cut, cut_when_silent, is_alive, new_connection
from domain.postgres.round_trip import PREPARED, commit
from domain.postgres.session import as_login
from domain.postgres.statements import SQL


class Backend(NamedTuple):
    """A server process: its pid may be given to another one later, its start may not."""

    pid: int
    started: datetime


class Writer:
    """Closes itself when the server is silent for `answer_timeout` seconds."""

    def __init__(self, connection: AsyncConnection, backend: Backend, answer_timeout: float) -> None:
        self.connection = connection
        self.backend = backend
        self._answer_timeout = answer_timeout

    @classmethod
    async def open(cls, url: str, answer_timeout: float) -> Writer:
        """Raises psycopg.Error."""
        async with new_connection(url, answer_timeout) as connection:
            backend = await _prepare(connection, longest_turn=0.8 * answer_timeout)
        return cls(connection, backend, answer_timeout)

    @property
    def is_usable(self) -> bool:
        """Whether something can be sent over it."""
        return is_alive(self.connection)

    def watched(self) -> AbstractContextManager[None]:
        """A block in which the server has to answer."""
        return cut_when_silent(self.connection, self._answer_timeout)

    async def try_commit(self, appends: Sequence[Append]) -> psycopg.Error | None:
        """Records all the appends, or none and returns why. Raises psycopg.Error when the outcome is unknown."""
        with self.watched():
            return await commit(self.connection, appends)

    def cut(self) -> None:
        """Ends the connection while somebody may wait on it."""
        cut(self.connection)

    async def close(self) -> None:
        """Ends the connection."""
        await self.connection.close()


async def _prepare(connection: AsyncConnection, longest_turn: float) -> Backend:
    await connection.execute(SQL["writer_session"], {"longest_turn": f"{1000 * longest_turn:.0f}ms"})
    for name in PREPARED:
        await connection.execute(f"prepare {name} as {SQL[name]}")
    async with as_login(connection):
        cursor = await connection.execute(SQL["backend"])
        row = await cursor.fetchone()
    assert row is not None  # every connection sees itself
    return Backend(*row)
