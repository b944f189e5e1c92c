"""Logs and tables of a real database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

from domain.events import Event
from domain.postgres import PostgresStore
from projections.analytics import PROJECTIONS, Projection
from transport.analytics.feeder import TABLES, Feeder, feeding_connection
from transport.analytics.log_reader import Batch

NAMES = [projection.name for projection in PROJECTIONS]


async def log(database: str, events: Sequence[Event]) -> None:
    """Writes them, each stream in its order."""
    async with PostgresStore(database) as store:
        for event in events:
            await store.append([event])


async def feed(database: str, batch: int = 50, projections: Sequence[Projection] = PROJECTIONS) -> Feeder:
    """All that is logged."""
    async with feeding_connection(database) as connection:
        feeder = Feeder(connection, Batch(batch, 4_000_000), projections=projections)
        while await feeder.step():
            pass
        return feeder


def tables(database: str, schema: str = TABLES) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of each table but for the checkpoints."""
    with psycopg.connect(database) as connection:
        return {
            name: sorted(
                connection.execute(sql.SQL("select * from {}").format(sql.Identifier(schema, name))).fetchall(),
                key=repr,
            )
            for name in NAMES
        }


def checkpoints(database: str) -> dict[str, tuple[int, str | None]]:
    """Position and reason to stop, by projection."""
    with psycopg.connect(database) as connection:
        rows = connection.execute("select projection, position, stopped_by from analytics.progress").fetchall()
        return {name: (position, why) for name, position, why in rows}


def head(database: str) -> int:
    """The last position of the log."""
    with psycopg.connect(database) as connection:
        row = connection.execute("select max(position) from event_log").fetchone()
        assert row is not None
        return int(row[0])
