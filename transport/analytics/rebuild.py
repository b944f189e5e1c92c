"""Makes the tables of the analysts anew from the whole log, while the old ones are read and fed."""

from __future__ import annotations

from collections.abc import Callable

from psycopg import AsyncConnection, errors, sql
from psycopg.sql import Identifier

from domain.sql import load_statements
from projections.analytics import PROJECTIONS
from transport.analytics import feeder
from transport.analytics.feeder import LARGE, TABLES, Feeder, feeding_connection

REBUILD = "analytics_rebuild"
"""The schema in which they grow."""

ATTEMPTS = 30
"""To get hold of views that analysts are reading."""

_SQL = load_statements("transport.analytics", "rebuilding.sql")
_SHOW = [text for name, text in _SQL.items() if name.startswith("show_")]
_LIKE = sql.SQL("create table {} (like {} including all)")
_BEGIN = sql.SQL("insert into {} (projection) values (%s)")

Progress = Callable[[int, int], object]
"""Told how far of how far."""


class RebuildFailed(Exception):
    """The old tables are as they were."""


async def rebuild(url: str, progress: Progress) -> int:
    """Fills a second set of tables and puts it in the place of the first in one transaction; returns the events.

    Raises RebuildFailed when another one is under way, or an event can't be projected; psycopg.OperationalError.
    """
    async with feeding_connection(url, REBUILD) as connection, feeding_connection(url, REBUILD) as reader:
        ((is_ours,),) = await (await connection.execute(_SQL["try_rebuild"])).fetchall()
        if not is_ours:
            raise RebuildFailed("The tables are being made anew by somebody else")
        await _make_tables(connection)
        feeding = Feeder(connection, LARGE, reader=reader)
        ((head,),) = await (await connection.execute(feeder.SQL["head"])).fetchall()
        events = 0
        while taken := await _feed(connection, feeding):
            events += taken
            ((position,),) = await (await connection.execute(feeder.SQL["progress"])).fetchall()
            progress(position, max(position, head))
        await _swap(connection, feeding)
    return events


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


async def _feed(connection: AsyncConnection, feeding: Feeder) -> int:
    """Nobody else knows of these tables, so that they are fed out of turn."""
    async with connection.transaction():
        taken = await feeding.feed()
    _check(feeding)
    return taken


def _check(feeding: Feeder) -> None:
    if feeding.stopped:
        raise RebuildFailed("; ".join(f"{name} stopped at {why}" for name, why in feeding.stopped.items()))


async def _swap(connection: AsyncConnection, feeding: Feeder) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            async with connection.transaction():
                await connection.execute(feeder.SQL["await_turn"])
                while await feeding.feed():
                    pass
                _check(feeding)
                await connection.execute(_SQL["impatient"])
                await connection.execute(_SQL["set_aside"])
                await connection.execute(_SQL["set_in_place"])
                for show in _SHOW:
                    await connection.execute(show)
            break
        except errors.LockNotAvailable:
            if attempt == ATTEMPTS:
                raise RebuildFailed("Somebody reads the tables all the time: try again later") from None
    await connection.execute(_SQL["forget_old"])
