"""What a connection does when nothing happens: it says so to its client, and notices a client that reads nothing."""

from __future__ import annotations

import asyncio

from transport.connection import READS_TOO_SLOWLY, Connection

TICK_SECONDS = 20.0
"""A client hears something at least every 25 seconds: this long, and the time in which a timer may be late."""


class Pulse:
    """Of one connection, until it is stopped."""

    def __init__(self, connection: Connection, seconds: float) -> None:
        """`seconds`: after so many without a word a `tick` is said, and without a byte taken the client is given up."""
        self._connection = connection
        self._seconds = seconds
        self._taken = connection.taken
        self._timer = asyncio.get_running_loop().call_later(seconds, self._beat)

    def stop(self) -> None:
        self._timer.cancel()

    def _beat(self) -> None:
        connection, loop = self._connection, asyncio.get_running_loop()
        if not connection.is_open:
            return
        if connection.backlog:
            # What is on its way is as good as a tick. A client that takes none of it may answer pings all the same.
            if connection.taken == self._taken:
                connection.close(READS_TOO_SLOWLY, "reads nothing")
                return
            self._taken, due = connection.taken, loop.time() + self._seconds
        else:
            self._taken = connection.taken
            if loop.time() >= connection.written_at + self._seconds:
                connection.say({"type": "tick"})
                connection.flush()
            due = connection.written_at + self._seconds
        self._timer = loop.call_at(due, self._beat)
