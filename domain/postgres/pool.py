"""A few connections to the database, made when they are needed and kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import AsyncConnection
from psycopg.pq import TransactionStatus

from domain.postgres.fair_turns import FairTurns
from domain.postgres.liveness import CONNECT_SECONDS, closed_on_failure, cut_when_silent, is_alive
from domain.postgres.session import begin_session

MOST = 4
WAIT_SECONDS = 2.0
"""How long somebody waits for a connection while all are in use."""

Connection = AsyncConnection[Any]

ASKING: ContextVar[Hashable] = ContextVar("asking", default=None)
"""For whom the database is asked, whatever they are known by: connections go round those who wait for one."""


@contextmanager
def asking_for(who: Hashable) -> Iterator[None]:
    """What the block asks is not asked for the caller that it happens to serve."""
    before = ASKING.set(who)
    try:
        yield
    finally:
        ASKING.reset(before)


class DatabaseUnusable(psycopg.OperationalError):
    """The database can be reached and not be used: it is not migrated, for example."""


class ConnectionPool:
    """Not psycopg_pool: after an outage it waits as long as its back-off has grown, and we try with each call.

    `session`: a statement that each connection begins with, after what all of ours begin with.
    `answer_seconds`: a server that says nothing for so long is taken for dead.
    """

    def __init__(self, url: str, session: str, answer_seconds: float, *, most: int = MOST) -> None:
        self._url = url
        self._session = session
        self._answer_seconds = answer_seconds
        self._idle: list[Connection] = []
        self._turns = FairTurns(most, WAIT_SECONDS)
        self._is_closed = False

    @property
    def waiting(self) -> int:
        """How many wait for a connection."""
        return self._turns.waiting

    @asynccontextmanager
    async def connection(self, seconds: float | None = None) -> AsyncIterator[Connection]:
        """A connection that commits by itself, for so many seconds, or `answer_seconds`.

        Raises psycopg.OperationalError when none can be had in time, or nothing is said in time.
        """
        async with AsyncExitStack() as turn:
            try:
                await turn.enter_async_context(self._turns.of(ASKING.get()))
            except TimeoutError:
                raise psycopg.OperationalError("all connections are in use") from None
            connection = await self._take()
            try:
                with cut_when_silent(connection, self._answer_seconds if seconds is None else seconds):
                    yield connection
            finally:
                await self._put_back(connection)

    async def close(self) -> None:
        """Ends the idle connections; the others end when they come back."""
        self._is_closed = True
        while self._idle:
            await self._idle.pop().close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _take(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if is_alive(connection):
                return connection
            await connection.close()
        connection = await AsyncConnection.connect(self._url, autocommit=True, connect_timeout=CONNECT_SECONDS)
        try:
            async with closed_on_failure(connection, self._answer_seconds):
                await begin_session(connection)
                await connection.execute(self._session)
        except psycopg.Error as error:
            raise DatabaseUnusable(f"The database cannot be used: {error.diag.message_primary or error}") from error
        return connection

    async def _put_back(self, connection: Connection) -> None:
        """Unless its user left in the middle of something: then nobody else could use it."""
        if self._is_closed or connection.info.transaction_status != TransactionStatus.IDLE:
            await connection.close()
        else:
            self._idle.append(connection)
