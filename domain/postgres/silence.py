"""A connection on which nothing has come back for too long."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import AsyncConnection


@contextmanager
def cut_when_silent(connection: AsyncConnection, seconds: float) -> Iterator[None]:
    """Cuts the connection if the block takes longer than that; what waits for an answer fails with OperationalError.

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
