"""Connections come and go: making them, and noticing that the server has gone or says nothing any more."""

from __future__ import annotations

import asyncio
import os
import select
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from math import inf
from typing import TypeVar

from psycopg import AsyncConnection
from psycopg.abc import PQGen
from typing_extensions import override

from domain.postgres.session import begin_session

CONNECT_SECONDS = 2

T = TypeVar("T")


@asynccontextmanager
async def new_connection(url: str, answer_timeout: float) -> AsyncIterator[AsyncConnection]:
    """A connection of the server's role that stays if the block, which prepares it, succeeds. Raises psycopg.Error."""
    connection = await AsyncConnection.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS)
    async with closed_on_failure(connection, answer_timeout):
        await begin_session(connection)
        yield connection


@asynccontextmanager
async def closed_on_failure(connection: AsyncConnection, answer_timeout: float) -> AsyncIterator[None]:
    """A block in which the server has to answer; if it fails, in whatever way, the connection is closed."""
    try:
        with cut_when_silent(connection, answer_timeout):
            yield
    except BaseException:
        await connection.close()
        raise


def is_alive(connection: AsyncConnection) -> bool:
    """Whether an idle connection is worth using, as far as that can be told without asking the server.

    False as well if the server has something to say, for to an idle connection that is a good-bye. So a database
    that was restarted meanwhile costs a new connection, not a commit whose outcome is unknown.
    """
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


@contextmanager
def cut_when_silent(connection: AsyncConnection, seconds: float) -> Iterator[None]:
    """Cuts the connection if the block takes longer; what waits for an answer fails with OperationalError.

    Cancelling instead would have the driver ask the same silent server to cancel, and wait for that.
    """
    timer = asyncio.get_running_loop().call_later(seconds, cut, connection)
    try:
        yield
    finally:
        timer.cancel()


def cut(connection: AsyncConnection) -> None:
    """Ends the connection from below while somebody may wait on it; nothing if it has ended already."""
    if connection.closed:
        return
    # A duplicate, for closing the driver's own descriptor would let the next socket take its number.
    with socket.socket(fileno=os.dup(connection.fileno())) as duplicate:
        duplicate.shutdown(socket.SHUT_RDWR)


class ImpatientConnection(AsyncConnection):
    """Is cut when the database says nothing to a single statement for so long: a transaction may last much longer."""

    answer_seconds = inf

    @override
    async def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        with cut_when_silent(self, self.answer_seconds):
            return await super().wait(gen, interval, timeout)
