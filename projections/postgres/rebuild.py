"""Makes the tables of the analysts anew from the whole log, while the old ones are read and fed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from psycopg import AsyncConnection, errors, sql
from psycopg.sql import Identifier

from domain.postgres.liveness import CONNECT_SECONDS
from domain.sql import load_statements
from projections.analytics import PROJECTIONS
from projections.postgres.event_kinds import EventKinds
from projections.postgres.feeder import LARGE, TABLES, Feeder, feeding_connection
from projections.postgres.log_reader import SQL, LogReader
from projections.postgres.set_aside import SetAside, earliest
from projections.postgres.table_writer import TableWriter

REBUILD = "analytics_rebuild"
"""The schema in which they grow."""

ATTEMPTS = 30
"""To get hold of views that analysts are reading."""

_SQL = load_statements("projections.postgres", "rebuilding.sql")
_SHOW = [text for name, text in _SQL.items() if name.startswith("show_")]
_LIKE = sql.SQL("create table {} (like {} including all)")
_BEGIN = sql.SQL("insert into {} (projection) values (%s)")

Progress = Callable[[int, int], object]
"""Told how far of how far."""


class RebuildFailed(Exception):
    """The old tables are as they were."""


async def rebuild(url: str, progress: Progress) -> int:
    """Fills a second set of tables and puts it in the place of the first in one transaction; returns the events.

    Campaigns with an event that can't be projected are set aside in them, whether they were before or not.
    Raises RebuildFailed when another one is under way, or the old tables are in use all the time; psycopg.Error.
    """
    async with _turn(url), feeding_connection(url, REBUILD, as_owner=True) as connection:
        await _make_tables(connection)
        indexes = await _put_off_indexes(connection)
        events = await _fill(url, connection, progress)
        for index in indexes:
            await connection.execute(index.encode())
        await _take_up_again(connection)
        await connection.execute(_SQL["analyze"])
        events += await _swap(connection)
        await connection.execute(_SQL["forget_old"])
        return events


@asynccontextmanager
async def _turn(url: str) -> AsyncIterator[None]:
    """Nobody else rebuilds in this block. Over a connection of its own, since what rebuilds needs many transactions."""
    async with await AsyncConnection.connect(url, connect_timeout=CONNECT_SECONDS) as holder:
        await holder.execute(_SQL["hold_for_long"])
        try:
            await holder.execute(_SQL["try_rebuild"])
        except errors.LockNotAvailable:
            raise RebuildFailed("The tables are being made anew by somebody else") from None
        yield


async def _make_tables(connection: AsyncConnection) -> None:
    async with connection.transaction():
        await connection.execute(_SQL["forget_halves"])
        await connection.execute(_SQL["forget_old"])
        await connection.execute(_SQL["schema"])
        tables = await (await connection.execute(_SQL["tables"])).fetchall()
        for (table,) in tables:
            await connection.execute(_LIKE.format(Identifier(REBUILD, table), Identifier(TABLES, table)))
        for projection in PROJECTIONS:
            await connection.execute(_BEGIN.format(Identifier(REBUILD, "checkpoint")), [projection.name])
        await connection.execute(_SQL["let_servers_feed"])


async def _put_off_indexes(connection: AsyncConnection) -> list[str]:
    """Drops those that the filling does not need, and returns how to make them: faster once than row by row."""
    found = await (await connection.execute(_SQL["indexes"])).fetchall()
    for name, _ in found:
        await connection.execute(sql.SQL("drop index {}").format(Identifier(REBUILD, name)))
    return [definition for _, definition in found]


async def _fill(url: str, connection: AsyncConnection, progress: Progress) -> int:
    """Takes in the log, a page at a time: each table over a connection of its own, while the next page is read.

    Nobody else knows of these tables, and a fill that breaks off begins anew: there are no turns, and one checkpoint.
    """
    ((head,),) = await (await connection.execute(SQL["head"])).fetchall()
    async with AsyncExitStack() as stack:
        connections = [
            await stack.enter_async_context(feeding_connection(url, REBUILD, as_owner=True)) for _ in PROJECTIONS
        ]
        writers = [TableWriter(own, projection) for own, projection in zip(connections, PROJECTIONS, strict=True)]
        log = LogReader(connection, LARGE)
        aside, kinds = SetAside(connection), EventKinds(connection)
        page, position, events = await log.page_after(0), 0, 0
        while page.rows:
            position = page.rows[-1].position
            staged = await log.staged(page.rows)
            rows = await aside.leave_out(page.rows)
            newer = await kinds.newer_among(rows)
            try:
                async with asyncio.TaskGroup() as tasks:
                    found = [tasks.create_task(writer.take_in(rows, staged)) for writer in writers]
                    coming = tasks.create_task(log.page_after(position))
            except ExceptionGroup as failures:
                raise failures.exceptions[0] from None
            await kinds.note(rows)
            if odd := newer + [one for task in found for one in task.result()]:
                async with connection.transaction():
                    await aside.put_whole(earliest(odd).values())
            events += len(page.rows)
            progress(position, max(position, head))
            if not page.is_full:
                break  # what comes meanwhile is taken in with the turn: a log that grows all the time has no end
            page = coming.result()
    names = [projection.name for projection in PROJECTIONS]
    await connection.execute(SQL["advance"], {"projections": names, "position": position, "stopped_by": None})
    return events


async def _take_up_again(connection: AsyncConnection) -> None:
    """Brings campaigns that were set aside into the tables up to their odd event."""
    feeder = Feeder(connection, LARGE)
    is_more = True
    while is_more:
        async with connection.transaction():
            is_more = await feeder.take_up() > 0


async def _feed_to_the_head(connection: AsyncConnection, feeding: Feeder) -> int:
    """That of now, for who has the turn: of a log that grows all the time the end would never be reached."""
    ((head,),) = await (await connection.execute(SQL["head"])).fetchall()
    events, position = 0, -1
    while position < head and (taken := await feeding.feed()):
        events += taken
        ((position,),) = await (await connection.execute(SQL["progress"])).fetchall()
    return events


async def _swap(connection: AsyncConnection) -> int:
    """Takes in what was logged meanwhile, and returns how many events."""
    feeding = Feeder(connection, LARGE)
    for _ in range(ATTEMPTS):
        with suppress(errors.LockNotAvailable):
            return await _try_to_swap(connection, feeding)
    raise RebuildFailed("Somebody reads the tables all the time: try again later")


async def _try_to_swap(connection: AsyncConnection, feeding: Feeder) -> int:
    """Raises LockNotAvailable while somebody reads, and then has changed nothing."""
    async with connection.transaction():
        await connection.execute(SQL["await_turn"])
        events = await _feed_to_the_head(connection, feeding)
        if feeding.stopped:
            raise RebuildFailed("; ".join(f"{name} stopped at {why}" for name, why in feeding.stopped.items()))
        await connection.execute(_SQL["impatient"])
        await connection.execute(_SQL["set_aside"])
        await connection.execute(_SQL["set_in_place"])
        for show in _SHOW:
            await connection.execute(show)
    return events
