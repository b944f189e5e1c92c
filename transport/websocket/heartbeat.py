"""What a connection does when nothing happens: it says so to its client, and notices a client that reads nothing."""

from __future__ import annotations

import asyncio
from time import monotonic

from transport.event_loop.supervision import surviving
from transport.rooms.connection import READS_TOO_SLOWLY, Connection

TICK_SECONDS = 20.0
"""A client hears something at least every 25 seconds: this long, and the time in which a timer may be late."""


class Heartbeat:
    """Of one connection, until it is stopped."""

    def __init__(self, connection: Connection, seconds: float) -> None:
        """`seconds`: after so many without a word a `tick` is said, and without a byte taken the client is given up."""
        self._connection = connection
        self._seconds = seconds
        self._taken, self._taken_at = connection.taken, monotonic()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._beat)

    def stop(self) -> None:
        self._timer.cancel()

    def _beat(self) -> None:
        wait = self._seconds
        with surviving("heartbeat"):
            wait = self._look()
        if self._connection.is_open:
            self._timer = asyncio.get_running_loop().call_later(wait, self._beat)

    def _look(self) -> float:
        """In how many seconds to look again."""
        connection, wait, now = self._connection, self._seconds, monotonic()
        if not connection.backlog or connection.taken != self._taken:
            self._taken, self._taken_at = connection.taken, now
        if connection.backlog:
            # What is on its way is as good as a tick. A client that takes none of it may answer pings all the same.
            if now - self._taken_at >= self._seconds:
                connection.close(READS_TOO_SLOWLY, "reads nothing")
            return wait
        wait -= now - connection.written_at
        if wait <= 0:
            connection.say({"type": "tick"})
            connection.flush()
            wait = self._seconds
        return wait
