"""Noticing that a connection has ended."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from domain.postgres.liveness import cut, cut_when_silent, is_alive, new_connection


async def test_a_connection_that_was_closed_or_cut_is_not_alive(database: str) -> None:
    """Only a connection that nobody has ended is worth using; ending it twice is no error."""
    async with new_connection(database, 1) as closed, new_connection(database, 1) as severed:
        pass
    assert is_alive(closed)
    assert is_alive(severed)
    cut(severed)
    assert not is_alive(severed)
    await severed.close()
    await closed.close()
    assert not is_alive(closed)
    cut(closed)


async def test_a_block_in_time_leaves_the_connection_alone(database: str) -> None:
    """The watchdog bites only while its block lasts."""
    async with await psycopg.AsyncConnection.connect(database) as connection:
        with cut_when_silent(connection, 0.1):
            await connection.execute("select 1")
        await asyncio.sleep(0.2)
        await connection.execute("select 1")
        with cut_when_silent(connection, 0.1), pytest.raises(psycopg.OperationalError):
            await connection.execute("select pg_sleep(20)")


async def test_a_connection_whose_preparation_fails_is_closed(database: str) -> None:
    """Nothing half-made is left open."""
    with pytest.raises(psycopg.errors.SyntaxError):
        async with new_connection(database, 1) as connection:
            await connection.execute("prepare for dinner")
    assert connection.closed
