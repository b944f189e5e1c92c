"""Ends sessions of analysts that disturb play. A session begins with limits, but an analyst can change these."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Never

import psycopg
import structlog

from domain.postgres.pool import ConnectionPool
from domain.sql import load_statements
from transport import metrics
from transport.event_loop.supervision import keep_running

log = structlog.get_logger()

_SQL = load_statements("transport.analytics", "warden.sql")

LOOK_SECONDS = 5.0

FULLEST_QUEUE = 0.1
"""The share of PostgreSQL's queue of notifications (8 GB) that may be in use. When it is full nobody can commit."""


@asynccontextmanager
async def warding(pool: ConnectionPool, longest_seconds: float) -> AsyncIterator[None]:
    """While the block runs, no transaction of an analyst lasts much longer than so many seconds."""
    task = asyncio.create_task(keep_running("warden", partial(_ward, pool, longest_seconds)), name="warden")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _ward(pool: ConnectionPool, longest_seconds: float) -> Never:
    is_out = False
    while True:
        try:
            await end_lingering(pool, longest_seconds)
            is_out = False
        except psycopg.Error as error:
            if not is_out:
                log.warning("analysts are not looked after", reason=str(error))
            is_out = True
        await asyncio.sleep(LOOK_SECONDS)


async def end_lingering(pool: ConnectionPool, longest_seconds: float) -> None:
    """Looks once. Raises psycopg.Error."""
    limits = {"longest_seconds": longest_seconds, "fullest_queue": FULLEST_QUEUE}
    async with pool.connection() as connection:
        cursor = await connection.execute(_SQL["queue_usage"])
        ((usage,),) = await cursor.fetchall()
        metrics.NOTIFICATION_QUEUE.set(usage)
        cursor = await connection.execute(_SQL["end_lingering"], limits)
        for analyst, reason in await cursor.fetchall():
            log.warning("an analyst's session was ended", analyst=analyst, reason=reason)
