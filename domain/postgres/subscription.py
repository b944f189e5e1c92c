"""Following the log with the eventsourcing library: each commit wakes whoever waits for the next event."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import psycopg
from eventsourcing.persistence import ApplicationRecorder, ListenNotifySubscription
from psycopg import AsyncConnection
from psycopg.sql import SQL, Identifier

from domain.postgres.background_loop import BackgroundLoop
from domain.postgres.liveness import new_connection

ANSWER_SECONDS = 5.0

LOOK_SECONDS = 1.0
"""Between two looks at the log, since a notification may get lost; and until it listens again after an outage."""


class LogSubscription(ListenNotifySubscription[ApplicationRecorder]):
    """Listens where the servers of the database do: nothing is notified for it alone."""

    def __init__(
        self,
        recorder: ApplicationRecorder,
        gt: int | None,
        topics: Sequence[str],
        *,
        background: BackgroundLoop,
        url: str,
        channel: str,
    ) -> None:
        super().__init__(recorder, gt, topics)
        self._url = url
        self._channel = Identifier(channel)
        background.start(self._listen())

    async def _listen(self) -> None:
        """Until the subscription is stopped, or the recorder is closed."""
        try:
            while not self._has_been_stopped:
                await self._listen_once()
        finally:
            self.stop()

    async def _listen_once(self) -> None:
        """Until the connection breaks, too."""
        try:
            async with new_connection(self._url, ANSWER_SECONDS) as connection:
                await connection.execute(SQL("listen {}").format(self._channel))
            async with connection:
                await self._hear(connection)
        except psycopg.Error:
            # Whoever reads the log meanwhile sees for itself whether that is possible.
            self._has_been_notified.set()
            await asyncio.sleep(LOOK_SECONDS)

    async def _hear(self, connection: AsyncConnection) -> None:
        while not self._has_been_stopped:
            # At first too: what was committed before we listened has woken nobody.
            self._has_been_notified.set()
            async for _ in connection.notifies(timeout=LOOK_SECONDS, stop_after=1):
                pass
