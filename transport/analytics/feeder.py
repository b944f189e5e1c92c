"""Brings the log into the tables of the analysts, each event once: rows and checkpoint are of one transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
from psycopg import AsyncConnection

from domain.postgres.session import begin_session
from projections.analytics import PROJECTIONS, Projection
from transport.analytics.log_reader import END, SQL, Batch, LoggedRow, LogReader, Staged
from transport.analytics.table_writer import Stop, TableWriter

TABLES = "analytics_tables"
"""The schema of those that the analysts' views show."""

SMALL = Batch(100, 128 * 1024)
"""About two milliseconds of a server, and ten for the largest event, in which nobody else has a turn."""

LARGE = Batch(500, 4 * 1024 * 1024)
"""For a program that does nothing else. With more of them at a time they no longer stay in the processor's cache."""

log = structlog.get_logger()


@asynccontextmanager
async def feeding_connection(
    url: str, tables: str = TABLES, *, as_owner: bool = False
) -> AsyncIterator[AsyncConnection]:
    """One for a Feeder of the tables in that schema. Raises psycopg.Error."""
    async with await AsyncConnection.connect(url, autocommit=True, connect_timeout=5) as connection:
        if not as_owner:
            await begin_session(connection)
        await connection.execute(SQL["feeder_session"], {"tables": tables})
        yield connection


class Feeder:
    """Feeds the tables that are first in the connection's search path; the connection commits by itself.

    Whatever else feeds the same tables, another server or another program: they take turns, and the database knows
    how far they are. A projection that an event stops is tried again by the next Feeder.
    """

    def __init__(
        self, connection: AsyncConnection, batch: Batch, *, projections: Sequence[Projection] = PROJECTIONS
    ) -> None:
        self._connection = connection
        self._log = LogReader(connection, batch)
        self._going = {projection.name: TableWriter(connection, projection) for projection in projections}
        self.stopped: dict[str, str] = {}
        """The projections that were given up, and why."""

    async def step(self) -> int:
        """Takes in the next events, and says how many; 0 when there are none or it is somebody else's turn.

        Raises psycopg.OperationalError, and then has changed nothing.
        """
        async with self._connection.transaction():
            ((is_ours,),) = await self._fetch("take_turn")
            return await self.feed() if is_ours else 0

    async def feed(self) -> int:
        """The same for who has the turn, in the transaction that is open."""
        checkpoints = {name: at for name, at in await self._fetch("checkpoints") if name in self._going}
        if not checkpoints:
            return 0
        # Those that are behind come first, and go no further than to where they meet the others.
        after, *others = sorted(set(checkpoints.values()))
        up_to = others[0] if others else END
        page = await self._log.page_after(after, up_to)
        if not page.rows and not others:
            return 0
        last = page.rows[-1].position if page.is_full or not others else up_to
        staged = await self._log.staged(page.rows)
        behind = [self._going[name] for name, at in checkpoints.items() if at == after]
        done = [one.projection.name for one in behind if await self._take_in(one, page.rows, staged, after)]
        await self._advance(done, last)
        return len(page.rows) or 1

    async def _take_in(self, writer: TableWriter, rows: Sequence[LoggedRow], staged: Staged, after: int) -> bool:
        """Whether the projection goes on. If not, it stands before the event that stopped it."""
        stop = await writer.take_in(rows, staged)
        if stop is not None:
            await self._give_up(writer.projection.name, stop, after)
        return stop is None

    async def _give_up(self, name: str, stop: Stop, after: int) -> None:
        await self._advance([name], max(after, stop.position - 1), stop.why)
        del self._going[name]
        self.stopped[name] = stop.why
        log.error("projection stopped", projection=name, why=stop.why)

    async def _advance(self, names: Sequence[str], position: int, why: str | None = None) -> None:
        wanted = {"projections": names, "position": position, "stopped_by": why}
        await self._connection.execute(SQL["advance"], wanted)

    async def _fetch(self, statement: str) -> list[tuple[Any, ...]]:
        cursor = await self._connection.execute(SQL[statement], binary=True)
        return await cursor.fetchall()
