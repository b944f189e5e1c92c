"""Brings the log into the tables of the analysts, each event once: rows and checkpoint are of one transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from math import inf
from typing import Any
from uuid import UUID

import psycopg
import structlog
from psycopg import AsyncConnection

from domain.postgres.liveness import CONNECT_SECONDS, ImpatientConnection
from domain.postgres.session import begin_session
from projections.analytics import PROJECTIONS, Projection
from projections.postgres.event_kinds import EventKinds
from projections.postgres.log_reader import END, SQL, Batch, LoggedRow, LogReader, Staged
from projections.postgres.set_aside import SetAside, earliest
from projections.postgres.table_writer import Odd, TableWriter, in_a_line

TABLES = "analytics_tables"
"""The schema of those that the analysts' views show."""

SMALL = Batch(100, 128 * 1024)
"""About two milliseconds of a server to read and to fold; the rows of a large event are written in pieces."""

LARGE = Batch(500, 4 * 1024 * 1024)
"""For a program that does nothing else. With more of them at a time they no longer stay in the processor's cache."""

log = structlog.get_logger()


@asynccontextmanager
async def feeding_connection(
    url: str, tables: str = TABLES, *, as_owner: bool = False, answer_seconds: float = inf
) -> AsyncIterator[ImpatientConnection]:
    """One for a Feeder of the tables in that schema; it is cut if a statement takes longer. Raises psycopg.Error."""
    async with await ImpatientConnection.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS) as connection:
        connection.answer_seconds = answer_seconds
        if not as_owner:
            await begin_session(connection)
        await connection.execute(SQL["feeder_session"], {"tables": tables})
        yield connection


class Feeder:
    """Feeds the tables that are first in the connection's search path; the connection commits by itself.

    Whatever else feeds the same tables, another server or another program: they take turns, and the database knows
    how far they are. A campaign with an event that can't be brought into a table is set aside, with all that follows
    in it. Each Feeder tries it once more, since its program may be another one. So is a campaign with an event that
    only a newer program knows: a Feeder of that program takes it up.
    """

    def __init__(
        self, connection: AsyncConnection, batch: Batch, *, projections: Sequence[Projection] = PROJECTIONS
    ) -> None:
        self._connection = connection
        self._log = LogReader(connection, batch)
        self._going = {projection.name: TableWriter(connection, projection) for projection in projections}
        self._aside = SetAside(connection)
        self._kinds = EventKinds(connection)
        self._tried: set[UUID] = set()
        """The campaigns that are odd for this program."""
        self.stopped: dict[str, str] = {}
        """The tables that can't be written, and why. The next Feeder tries again."""

    async def step(self) -> int:
        """Takes in the next events, and says how many; 0 when there are none or it is somebody else's turn.

        Raises psycopg.Error, and then has changed nothing.
        """
        async with self._connection.transaction():
            ((is_ours,),) = await self._fetch("take_turn")
            return await self.feed() + await self._take_up_or_stop() if is_ours else 0

    async def feed(self) -> int:
        """The same for who has the turn, in the transaction that is open, without campaigns that are set aside."""
        checkpoints = await self._checkpoints()
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
        unwritable: dict[str, str] = {}
        while odd := await self._put(behind, await self._aside.leave_out(page.rows), staged, unwritable):
            await self._set_aside(odd, others_are_ahead=bool(others))
        await self._advance([one.projection.name for one in behind if one.projection.name not in unwritable], last)
        for name, why in unwritable.items():
            await self._give_up(name, why, after)
        return len(page.rows) or 1

    async def take_up(self, unwritable: dict[str, str] | None = None) -> int:
        """Brings a campaign that was set aside further into the tables, and says by how many events.

        For who has the turn, in the transaction that is open. One that comes as far as the tables are is set aside no
        more; one that is still odd is not tried again. Notes in `unwritable` the tables that can't be written, and then
        the transaction has to be undone; without it, raises psycopg.Error.
        """
        found = None if self.stopped else await self._aside.next(self._tried)
        places = set((await self._checkpoints()).values()) if found is not None else set()
        if found is None or len(places) != 1:
            return 0
        campaign, version = found
        place = places.pop()
        page = await self._log.page_of(campaign, version, place)
        if not page.rows:
            await self._aside.take_back(campaign)
            return 1
        rows, staged = page.rows, await self._log.staged(page.rows)
        while (odd := await self._put(list(self._going.values()), rows, staged, unwritable)) and not unwritable:
            first = earliest(odd)[campaign]
            rows = [one for one in rows if one.row.version < first.version]
            await self._aside.put(first)
            self._tried.add(campaign)
        if campaign not in self._tried:
            await self._aside.reach(campaign, rows[-1].row.version)
        await self._advance(list(self._going), place)  # and none of them is stopped any more
        return len(page.rows)

    async def _take_up_or_stop(self) -> int:
        """The same, where a table that can't be written stops alone: the campaign stays where it was in all of them."""
        unwritable: dict[str, str] = {}
        async with self._connection.transaction():
            taken = await self.take_up(unwritable)
            if not unwritable:
                return taken
            raise psycopg.Rollback
        checkpoints = await self._checkpoints()
        for name, why in unwritable.items():
            await self._give_up(name, why, checkpoints[name])
        return 0

    async def _put(
        self,
        writers: Sequence[TableWriter],
        rows: Sequence[LoggedRow],
        staged: Staged,
        unwritable: dict[str, str] | None,
    ) -> list[Odd]:
        """What is odd about the rows, and then none was put. Notes the tables that can't be written, if it may."""
        if odd := await self._kinds.newer_among(rows):
            return odd
        async with self._connection.transaction():
            for writer in writers:
                try:
                    odd += await writer.take_in(rows, staged)
                except psycopg.OperationalError:
                    raise
                except psycopg.Error as error:
                    if unwritable is None:
                        raise
                    unwritable[writer.projection.name] = in_a_line(error)
            if odd:
                raise psycopg.Rollback
            await self._kinds.note(rows)
        return odd

    async def _set_aside(self, odd: Sequence[Odd], *, others_are_ahead: bool) -> None:
        first = earliest(odd)
        if others_are_ahead:
            # They hold later events of these campaigns. To be taken up from the beginning, up to the odd event.
            await self._aside.put_whole(first.values())
            return
        for one in first.values():
            await self._aside.put(one)
        self._tried |= first.keys()

    async def _give_up(self, name: str, why: str, at: int) -> None:
        await self._advance([name], at, why)
        del self._going[name]
        self.stopped[name] = why
        log.error("projection stopped", projection=name, why=why)

    async def _checkpoints(self) -> dict[str, int]:
        return {name: at for name, at in await self._fetch("checkpoints") if name in self._going}

    async def _advance(self, names: Sequence[str], position: int, why: str | None = None) -> None:
        wanted = {"projections": names, "position": position, "stopped_by": why}
        await self._connection.execute(SQL["advance"], wanted)

    async def _fetch(self, statement: str) -> list[tuple[Any, ...]]:
        cursor = await self._connection.execute(SQL[statement], binary=True)
        return await cursor.fetchall()
