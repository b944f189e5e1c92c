"""Holding up every writer, as another node does that commits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from domain.postgres.statements import SQL
from tests.domain.store.patience import until

_WAITING = "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


@contextmanager
def log_locked(url: str) -> Iterator[None]:
    """Nobody commits an append inside this block."""
    with psycopg.connect(url) as connection:
        connection.execute(SQL["lock_log"])
        yield


async def waiting_backends(sql: psycopg.Connection) -> list[int]:
    """The server processes that wait for the lock, as soon as there is one."""
    await until(lambda: bool(_waiting(sql)))
    return _waiting(sql)


def is_waiting(sql: psycopg.Connection, backend: int) -> bool:
    """Whether that server process waits for the lock."""
    return backend in _waiting(sql)


def _waiting(sql: psycopg.Connection) -> list[int]:
    return [pid for (pid,) in sql.execute(_WAITING)]
