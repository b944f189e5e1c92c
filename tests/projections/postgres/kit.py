"""Logs and tables of a real database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from domain.events import Event
from domain.postgres import PostgresStore
from projections.analytics import PROJECTIONS, Logged, Projection, Row
from projections.postgres.feeder import TABLES, Feeder, feeding_connection
from projections.postgres.log_reader import Batch
from tests.projections.analytics.tables import Tables

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


def set_aside(database: str) -> dict[UUID, tuple[int, str]]:
    """Version and reason, by campaign."""
    with psycopg.connect(database) as connection:
        rows = connection.execute("select campaign_id, version, why from analytics.set_aside").fetchall()
        return {campaign: (version, why) for campaign, version, why in rows}


def hold(database: str, events: Sequence[Event]) -> None:
    """The tables hold what the projections make of these events, column by column."""
    expected = Tables()
    with psycopg.connect(database) as connection:
        places: dict[Any, int] = dict(connection.execute("select event_id, position from event_log").fetchall())
        expected.take([Logged(places[event.event_id], event) for event in events])
        for name in NAMES:
            cursor = connection.execute(f"select * from analytics.{name}")
            columns = [column.name for column in cursor.description or ()]
            found = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
            for row in found:
                row.pop("seconds", None)
            assert _as_texts(found) == _as_texts(expected.rows[name].values()), name


def _as_texts(rows: Iterable[Row]) -> list[dict[str, str]]:
    """With every value as a text, in an order of their own."""
    return sorted(({name: str(value) for name, value in row.items()} for row in rows), key=repr)


def damage(database: str, event: Event, columns: str) -> None:
    """Changes its row in the log, which the log itself refuses."""
    with psycopg.connect(database) as connection:
        connection.execute("alter table event_log disable trigger all")
        connection.execute(f"update event_log set {columns} where event_id = %s", [event.event_id])
        connection.execute("alter table event_log enable trigger all")
