"""Keeps the tables of the analysts up to date: in the background of a server, or as a program of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from time import perf_counter
from typing import Never

import psycopg
import structlog
from prometheus_client import Gauge
from psycopg import AsyncConnection

from projections.postgres.feeder import SMALL, Feeder, feeding_connection
from projections.postgres.log_reader import SQL, Batch
from transport.event_loop.supervision import keep_running

ANSWER_SECONDS = 5.0
"""For which the database may say nothing to a statement of a server: then it is taken for dead, as for commits."""

LONGEST_ANSWER_SECONDS = 600.0
"""Twice as long after each cut in a row, up to this: on a slow disk, what is cut each time would never be done."""

POLL_SECONDS = 1.0
RETRY_SECONDS = 5.0
SHARE = 0.1
"""Of the time that feeding takes while there is much to take in: the rest belongs to those who play."""

_REST = 1 / SHARE - 1

LAG_EVENTS = Gauge("fogbound_analytics_lag_events", "Events that are not in the table yet, about.", ["projection"])
LAG_SECONDS = Gauge("fogbound_analytics_lag_seconds", "How old the oldest of those is.", ["projection"])
STOPPED = Gauge("fogbound_analytics_stopped", "1: the table can't be written.", ["projection"])
SET_ASIDE = Gauge("fogbound_analytics_set_aside", "Campaigns with an event that can't be brought into the tables.")

log = structlog.get_logger()


@asynccontextmanager
async def feeding(url: str, batch: Batch = SMALL, answer_seconds: float = ANSWER_SECONDS) -> AsyncIterator[None]:
    """Takes in what is logged, about a second later, while the block runs; goes on when the database comes back.

    The end of the block waits for a database that says nothing, but no longer than for a statement, or ten seconds.
    """
    task = asyncio.create_task(keep_running("feeder", partial(_keep_fed, url, batch, answer_seconds)))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _keep_fed(url: str, batch: Batch, answer_seconds: float) -> Never:
    is_out = False
    patience = answer_seconds
    while True:
        try:
            async with feeding_connection(url, answer_seconds=patience) as connection:
                is_out = False
                feeder = Feeder(connection, batch)
                while True:
                    # Where another server has the turn, nothing shows that the next statement will be in time.
                    if await _step(connection, feeder):
                        patience = connection.answer_seconds = answer_seconds
        except psycopg.Error as error:
            if not is_out:
                log.warning("analytics stand still", reason=f"{type(error).__name__}: {error}")
                patience = min(2 * patience, LONGEST_ANSWER_SECONDS)
            is_out = True
            await asyncio.sleep(RETRY_SECONDS)


async def _step(connection: AsyncConnection, feeder: Feeder) -> int:
    begin = perf_counter()
    taken = await feeder.step()
    took = perf_counter() - begin
    await report_lag(connection)
    # A step that waited long, for a lock perhaps, is no reason to stand still for longer than when idle.
    await asyncio.sleep(min(took * _REST, POLL_SECONDS) if taken else POLL_SECONDS)
    return taken


async def report_lag(connection: AsyncConnection) -> None:
    """As the database has it, whoever feeds the tables."""
    cursor = await connection.execute(SQL["lag"])
    for projection, events, seconds, is_stopped, set_aside in await cursor.fetchall():
        LAG_EVENTS.labels(projection).set(events)
        LAG_SECONDS.labels(projection).set(max(0.0, seconds))
        STOPPED.labels(projection).set(is_stopped)
        SET_ASIDE.set(set_aside)
