"""The tables of the analysts are fed exactly once, whatever comes between."""

from __future__ import annotations

import asyncio
import dataclasses
from random import Random
from typing import Any

import psycopg
import pytest

from domain.aggregate import Occasion, SessionAggregate
from domain.commands import ImportMap
from domain.decide import Surroundings
from domain.events import Event
from domain.ids import CampaignId
from projections.analytics import PROJECTIONS, Projection
from projections.analytics.projection import Known, Logged, Row
from tests.domain.scenario import DM, NOW
from tests.projections.analytics.histories import a_uuid, history
from tests.projections.analytics.tables import Tables
from tests.transport.analytics.kit import NAMES, checkpoints, feed, head, log, tables
from transport.analytics.feeder import LARGE, Feeder, feeding_connection
from transport.analytics.log_reader import Batch

SLOW = """
create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(9); return null; end';
create trigger slow before update on analytics_tables.checkpoint for each statement execute function slow();
"""


def as_texts(rows: dict[tuple[Any, ...], Row]) -> list[dict[str, str]]:
    """With every value as a text, in an order of their own."""
    return sorted(({name: str(value) for name, value in row.items()} for row in rows.values()), key=repr)


@pytest.mark.parametrize("batch", [1, 7, 1_000])
async def test_the_tables_hold_what_the_projections_say(database: str, seed: int, batch: int) -> None:
    """Column by column, in batches of any size, with one that comes later."""
    events = history(Random(seed), 200)
    half = len(events) // 2
    await log(database, events[:half])
    await feed(database, batch)
    await log(database, events[half:])
    await feed(database, batch)
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
            assert as_texts({(n,): row for n, row in enumerate(found)}) == as_texts(expected.rows[name]), name
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


def refusing(name: str, victim: Event) -> list[Projection]:
    """The projections, of which one can't take that event."""

    def broken(batch: Any, known: Known) -> list[Row]:
        if any(one.event.event_id == victim.event_id for one in batch):
            raise ZeroDivisionError("of all things")
        return next(one for one in PROJECTIONS if one.name == name).fold(batch, known)

    return [dataclasses.replace(one, fold=broken) if one.name == name else one for one in PROJECTIONS]


async def test_an_event_stops_one_projection_and_nothing_else(database: str, seed: int) -> None:
    """All before it is there, the reason is told, the others go on; mended, the projection goes on too."""
    events = history(Random(seed), 300)
    updates = [event for event in events if event.TOPIC == "hexes_updated"]
    victim = updates[len(updates) // 2]
    await log(database, events)
    feeder = await feed(database, 40, refusing("terrain", victim))
    place = f"event {victim.originator_version} of campaign {victim.originator_id}"
    why = f"{place}, a hexes_updated: ZeroDivisionError: of all things"
    assert feeder.stopped == {"terrain": why}
    found = checkpoints(database)
    with psycopg.connect(database) as connection:
        row = connection.execute("select position from event_log where event_id = %s", [victim.event_id]).fetchone()
        assert row is not None
        assert found.pop("terrain") == (row[0] - 1, why)
        (last,) = connection.execute("select max(position) from analytics.terrain").fetchone() or (None,)
        assert last < row[0]
    assert found == dict.fromkeys(set(NAMES) - {"terrain"}, (head(database), None))
    await feed(database, 40)
    assert checkpoints(database) == dict.fromkeys(NAMES, (head(database), None))
    fed = tables(database)
    await again_from_the_beginning(database)
    assert tables(database) == fed


@pytest.mark.parametrize(
    ("damage", "said", "stopped"),
    [
        ("type = 'comet_struck'", "has the unknown topic comet_struck", set(NAMES)),
        ("schema_version = 9", "schema version 9: a newer program wrote it", {"terrain"}),
        ("data = '{}'", "is damaged", {"terrain"}),
    ],
)
async def test_an_event_that_cannot_be_read(
    database: str, seed: int, damage: str, said: str, stopped: set[str]
) -> None:
    """Stops those that would have to know it."""
    events = history(Random(seed), 200)
    victim = [event for event in events if event.TOPIC == "hexes_updated"][3]
    await log(database, events)
    with psycopg.connect(database) as connection:
        connection.execute("alter table event_log disable trigger all")
        connection.execute(f"update event_log set {damage} where event_id = %s", [victim.event_id])
    feeder = await feed(database)
    assert set(feeder.stopped) == stopped
    assert all(said in why for why in feeder.stopped.values())
    assert {name for name, (position, _) in checkpoints(database).items() if position < head(database)} == stopped


async def test_a_staged_change_that_cannot_be_read(database: str) -> None:
    """Stops what is to show it, when it is published, and says which."""
    seed = next(n for n in range(1_000) if any(e.TOPIC == "changes_published" for e in history(Random(n), 200)))
    events = history(Random(seed), 200)
    published = next(event for event in events if event.TOPIC == "changes_published")
    await log(database, events)
    with psycopg.connect(database) as connection:
        connection.execute("alter table event_log disable trigger all")
        connection.execute(
            "update event_log set data = '{}' where event_id = %s",
            [published.change_ids[0]],  # type: ignore[union-attr]  # by its topic
        )
    feeder = await feed(database)
    assert set(feeder.stopped) == {"staged_change", "reveal", "terrain"}
    assert "is damaged" in feeder.stopped["staged_change"]
    assert f"the staged change {published.change_ids[0]} is missing" in feeder.stopped["reveal"]  # type: ignore[union-attr]


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

    def alone(batch: Any, known: Known) -> list[Row]:
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
    occasion = Occasion(DM, NOW, lambda: a_uuid(random))
    around = Surroundings(players=set())
    command = ImportMap(tuple((key, "forest") for key in keys), (), None)
    await log(database, [event for _ in range(6) for event in aggregate.handle(command, around, occasion)])
    async with feeding_connection(database) as connection:
        alone = Feeder(connection, Batch(100, 1_000))
        assert [await alone.step() for _ in range(3)] == [1, 1, 1]
        pairs = Feeder(connection, Batch(100, 100_000))
        assert [await pairs.step() for _ in range(3)] == [2, 1, 0]
    assert len(tables(database)["terrain"]) == len(keys)
