"""Holding up every writer, as another node does that commits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from domain.postgres.statements import SQL

_WAITING = "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


@contextmanager
def log_locked(url: str) -> Iterator[None]:
    """Nobody commits an append inside this block."""
    with psycopg.connect(url) as connection:
        connection.execute(SQL["lock_log"])
        yield


async def waiting_backends(sql: psycopg.Connection, wanted: int = 1) -> list[int]:
    """The server processes that wait for the lock, as soon as there are so many."""
    while True:
        pids = [pid for (pid,) in sql.execute(_WAITING)]
        if len(pids) >= wanted:
            return pids
        await asyncio.sleep(0.005)
