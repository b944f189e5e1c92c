"""The tables of the analysts are fed exactly once, whatever comes between."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable
from random import Random
from typing import Any

import psycopg
import pytest

from domain.aggregate import CommandMetadata, SessionAggregate
from domain.commands import ImportMap
from domain.decide import CommandContext
from domain.ids import CampaignId
from projections.analytics import PROJECTIONS
from projections.analytics.projection import Known, Row
from projections.postgres.feeder import LARGE, Feeder, feeding_connection
from projections.postgres.log_reader import Batch
from tests.domain.scenario import DM, NOW
from tests.projections.analytics.histories import a_uuid, history
from tests.projections.postgres.kit import NAMES, checkpoints, feed, head, hold, log, set_aside, tables

SLOW = """
create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(9); return null; end';
create trigger slow before update on analytics_tables.checkpoint for each statement execute function slow();
"""


@pytest.mark.parametrize("batch", [1, 7, 1_000])
async def test_the_tables_hold_what_the_projections_say(database: str, seed: int, batch: int) -> None:
    """Column by column, in batches of any size, with one that comes later."""
    events = history(Random(seed), 200)
    half = len(events) // 2
    await log(database, events[:half])
    await feed(database, batch)
    await log(database, events[half:])
    await feed(database, batch)
    hold(database, events)
    assert checkpoints(database) == dict.fromkeys(NAMES, (head(database), None))


async def test_seconds_are_those_between(database: str, seed: int) -> None:
    """Of stays and of staged changes, once they are over."""
    await log(database, history(Random(seed), 300))
    await feed(database)
    with psycopg.connect(database) as connection:
        stays = connection.execute("select came_at, left_at, seconds from analytics.attendance").fetchall()
        changes = connection.execute("select staged_at, settled_at, seconds from analytics.staged_change").fetchall()
    assert stays
    assert changes
    for begin, end, seconds in [*stays, *changes]:
        assert seconds == (None if end is None else (end - begin).total_seconds())


async def test_several_feed_the_same_tables(database: str, seed: int) -> None:
    """Two servers and a program take turns, and none does what another one did."""
    events = history(Random(seed), 300)
    await log(database, events)
    taken = 0

    async def one() -> None:
        nonlocal taken
        async with feeding_connection(database) as connection:
            feeder = Feeder(connection, Batch(10, 400))
            while checkpoints(database)["session"][0] < head(database):
                now = await feeder.step()
                taken += now

    async with asyncio.TaskGroup() as feeders:
        for _ in range(3):
            feeders.create_task(one())
    assert taken == len(events)
    fed = tables(database)
    await again_from_the_beginning(database)
    assert tables(database) == fed


async def again_from_the_beginning(database: str) -> None:
    """In one batch."""
    with psycopg.connect(database) as connection:
        for name in NAMES:
            connection.execute(f"truncate analytics_tables.{name}")
        connection.execute("update analytics_tables.checkpoint set position = 0")
    await feed(database, 1_000_000)


async def test_a_table_that_cannot_be_written_stops_alone(database: str, seed: int) -> None:
    """No event is to blame, so no campaign is set aside; the others go on, and once it can be, so does this one."""
    events = history(Random(seed), 300)
    half = len(events) // 2
    await log(database, events[:half])
    await feed(database, 40)
    with psycopg.connect(database) as connection:
        connection.execute("alter table analytics_tables.terrain rename to elsewhere")
    await log(database, events[half:])
    feeder = await feed(database, 40)
    assert feeder.stopped.keys() == {"terrain"}
    assert "does not exist" in feeder.stopped["terrain"]
    with psycopg.connect(database) as connection:
        connection.execute("alter table analytics_tables.elsewhere rename to terrain")
    found = checkpoints(database)
    assert found.pop("terrain")[1] == feeder.stopped["terrain"]
    assert found == dict.fromkeys(set(NAMES) - {"terrain"}, (head(database), None))
    assert set_aside(database) == {}
    await feed(database, 40)
    assert checkpoints(database) == dict.fromkeys(NAMES, (head(database), None))
    hold(database, events)


async def test_what_fails_with_the_database_changes_nothing(database: str, seed: int) -> None:
    """Neither rows nor checkpoints: the step can be made again."""
    await log(database, history(Random(seed), 100))
    with psycopg.connect(database) as connection:
        connection.execute(SLOW)
    before = (tables(database), checkpoints(database))
    async with feeding_connection(database) as connection:
        await connection.execute("set statement_timeout = 200")
        with pytest.raises(psycopg.OperationalError):
            await Feeder(connection, LARGE).step()
    assert (tables(database), checkpoints(database)) == before


async def test_what_only_fails_together_is_taken_in_one_by_one(database: str, seed: int) -> None:
    """No event is to blame, so none stops the projection."""
    events = history(Random(seed), 100)
    await log(database, events)

    def alone(batch: Any, known: Known) -> Iterable[Row]:
        if len(batch) > 1:
            raise MemoryError("too many")
        return next(one for one in PROJECTIONS if one.name == "terrain").fold(batch, known)

    picky = [dataclasses.replace(one, fold=alone) if one.name == "terrain" else one for one in PROJECTIONS]
    feeder = await feed(database, 40, picky)
    assert feeder.stopped == {}
    fed = tables(database)
    await again_from_the_beginning(database)
    assert tables(database) == fed


async def test_large_events_come_in_small_batches(database: str) -> None:
    """Bytes count, and an event that has too many comes alone: nobody waits for a map with a hundred thousand hexes."""
    random = Random(1)
    aggregate = SessionAggregate.at(CampaignId(a_uuid(random)))
    keys = [f"{q},{r}" for q in range(40) for r in range(50)]
    metadata = CommandMetadata(DM, NOW, lambda: a_uuid(random))
    context = CommandContext(players=set())
    command = ImportMap(tuple((key, "forest") for key in keys), (), None)
    await log(database, [event for _ in range(6) for event in aggregate.handle(command, context, metadata)])
    async with feeding_connection(database) as connection:
        alone = Feeder(connection, Batch(100, 1_000))
        assert [await alone.step() for _ in range(3)] == [1, 1, 1]
        pairs = Feeder(connection, Batch(100, 100_000))
        assert [await pairs.step() for _ in range(3)] == [2, 1, 0]
    assert len(tables(database)["terrain"]) == len(keys)
