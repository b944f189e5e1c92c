"""A table of the analysts can't be written: no event is to blame, nothing is lost, and operators are told."""

from __future__ import annotations

from random import Random

import psycopg
import pytest
from psycopg import errors
from psycopg.sql import SQL, Identifier, Literal
from structlog.testing import capture_logs

from domain.events import Event
from domain.ids import CampaignId
from projections.postgres.feeder import LARGE, TABLES, Feeder, feeding_connection
from projections.postgres.log_reader import Batch
from projections.postgres.rebuild import REBUILD, RebuildFailed, rebuild
from tests.domain.store.streams import a_campaign, reveal
from tests.projections.analytics.histories import history
from tests.projections.postgres.kit import NAMES, checkpoints, damage, feed, head, hold, log, set_aside, tables
from tests.projections.postgres.test_rebuild import before_the_swap, nobody_looks
from transport.cli.purging import purge
from transport.settings import Settings

FAIL = """
create function public.fail() returns trigger language plpgsql as $$
begin raise exception 'it fails' using errcode = {}; end
$$
"""
FAILS = "create trigger fail before insert on {} for each statement execute function public.fail()"

FULL_DISK = "disk_full"
FORBIDDEN = "insufficient_privilege"


def spoil(database: str, fault: str, *names: str, schema: str = TABLES) -> None:
    """From now on the database answers with this fault to rows for these tables."""
    with psycopg.connect(database) as connection:
        connection.execute(SQL(FAIL).format(Literal(fault)))
        for name in names:
            connection.execute(SQL(FAILS).format(Identifier(schema, name)))


def mend(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("drop function public.fail cascade")


def a_history() -> list[Event]:
    return history(Random(1), 300)


def two_halves() -> tuple[list[Event], list[Event]]:
    """Of a history in which each half has rows for every table."""
    events = a_history()
    half = len(events) // 2
    return events[:half], events[half:]


async def test_a_full_disk_is_nobodys_fault(database: str) -> None:
    """The step changes nothing: no campaign is set aside and no table stops. With room again all goes on."""
    first, second = two_halves()
    await log(database, first)
    await feed(database)
    before = (tables(database), checkpoints(database))
    await log(database, second)
    spoil(database, FULL_DISK, "terrain")
    async with feeding_connection(database) as connection:
        feeder = Feeder(connection, LARGE)
        with pytest.raises(errors.DiskFull):
            await feeder.step()
        assert feeder.stopped == {}
        assert (tables(database), checkpoints(database), set_aside(database)) == (*before, {})
        mend(database)
        assert await feeder.step() == len(second)
    hold(database, [*first, *second])


async def test_no_table_can_be_written(database: str) -> None:
    """Each is told of once; the feeding goes on idly, and the next feeder, which tries again, takes in everything."""
    first, second = two_halves()
    await log(database, first)
    spoil(database, FORBIDDEN, *NAMES)
    with capture_logs() as said:
        async with feeding_connection(database) as connection:
            feeder = Feeder(connection, LARGE)
            while await feeder.step():
                pass
            await log(database, second)
            assert await feeder.step() == 0
    assert sorted(line["projection"] for line in said) == sorted(feeder.stopped) == sorted(NAMES)
    assert {line["event"] for line in said} == {"projection stopped"}
    assert {why for _, why in checkpoints(database).values()} == {feeder.stopped["terrain"]}
    assert feeder.stopped["terrain"] == "InsufficientPrivilege: it fails"
    assert set_aside(database) == {}
    mend(database)
    await feed(database)
    hold(database, [*first, *second])


def an_odd_event(database: str, events: list[Event]) -> Event:
    """The last update of the log, which nobody can read until its `schema_version` is 1 again."""
    odd = [event for event in events if event.TOPIC == "hexes_updated"][-1]
    damage(database, odd, "schema_version = 9")
    return odd


async def test_a_campaign_that_is_taken_up_waits_for_its_tables(database: str) -> None:
    """It stays set aside where it was, for the same reason; the table stops, and the others take in what is logged."""
    events = a_history()
    await log(database, events)
    odd = an_odd_event(database, events)
    await feed(database)
    before = (tables(database), set_aside(database))
    assert before[1].keys() == {odd.originator_id}
    damage(database, odd, "schema_version = 1")
    spoil(database, FORBIDDEN, "terrain")
    for _ in range(2):
        feeder = await feed(database)
        assert feeder.stopped == {"terrain": "InsufficientPrivilege: it fails"}
        assert (tables(database), set_aside(database)) == before
        assert checkpoints(database)["terrain"] == (head(database), "InsufficientPrivilege: it fails")
    other = reveal(a_campaign(), 1)
    await log(database, [other])
    await feed(database)
    assert len(tables(database)["reveal"]) == len(before[0]["reveal"]) + 1
    assert set_aside(database) == before[1]
    mend(database)
    await feed(database)
    assert set_aside(database) == {}
    hold(database, [*events, other])
    assert checkpoints(database) == dict.fromkeys(NAMES, (head(database), None))


async def test_a_table_goes_on_with_a_campaign_that_is_taken_up(database: str) -> None:
    """Though nothing else is logged: it is not stopped any more."""
    events = a_history()
    await log(database, events)
    odd = an_odd_event(database, events)
    await feed(database)
    damage(database, odd, "schema_version = 1")
    spoil(database, FORBIDDEN, "terrain")
    await feed(database)
    mend(database)
    await feed(database)
    hold(database, events)
    assert checkpoints(database) == dict.fromkeys(NAMES, (head(database), None))


async def test_a_rebuild_ends_where_a_campaign_can_not_be_taken_up(database: str) -> None:
    """Its tables would lack what the old ones have; these stay as they are."""
    events = a_history()
    await log(database, events)
    an_odd_event(database, events)
    await feed(database)
    before = (tables(database), checkpoints(database), set_aside(database))

    def forbid(_done: int, _total: int) -> None:
        spoil(database, FORBIDDEN, "terrain", schema=REBUILD)

    with pytest.raises(errors.InsufficientPrivilege):
        await rebuild(database, forbid)
    assert (tables(database), checkpoints(database), set_aside(database)) == before


async def test_what_a_stopped_table_lacks_is_purged(database: str) -> None:
    """It goes on where the others are, though nothing is logged in between any more."""
    events = history(Random(1), 50, campaigns=1)
    await log(database, events)
    spoil(database, FORBIDDEN, "terrain")
    await feed(database)
    whole = checkpoints(database)
    assert whole["terrain"] == (0, "InsufficientPrivilege: it fails")
    mend(database)
    await purge(Settings(database_url=database), CampaignId(events[0].originator_id), is_sure=True)
    await feed(database)
    assert checkpoints(database) == dict.fromkeys(NAMES, whole["session"])
    later = history(Random(2), 50)
    await log(database, later)
    await feed(database)
    hold(database, later)


async def test_a_full_disk_ends_a_rebuild(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one plain error. The old tables stay, no campaign is set aside, and the next rebuild begins anew."""
    monkeypatch.setattr("projections.postgres.rebuild.LARGE", Batch(50, 4_000_000))
    events = a_history()
    await log(database, events)
    await feed(database)
    before = (tables(database), checkpoints(database))
    pages: list[int] = []

    def fill_the_disk(done: int, _total: int) -> None:
        pages.append(done)
        spoil(database, FULL_DISK, "terrain", schema=REBUILD)

    with pytest.raises(errors.DiskFull):
        await rebuild(database, fill_the_disk)
    assert len(pages) == 1
    assert (tables(database), checkpoints(database), set_aside(database)) == (*before, {})
    mend(database)
    assert await rebuild(database, nobody_looks) == len(events)
    assert (tables(database), checkpoints(database), set_aside(database)) == (*before, {})


async def test_a_rebuild_does_not_put_tables_in_place_that_stopped(database: str) -> None:
    """It says which one and why; the old tables stay, and are fed."""
    first, second = two_halves()
    await log(database, first)
    await feed(database)
    async with before_the_swap(database) as rebuilding:
        await log(database, second)
        spoil(database, FORBIDDEN, "terrain", schema=REBUILD)
    with pytest.raises(RebuildFailed, match=r"^terrain stopped at InsufficientPrivilege: it fails$"):
        await rebuilding
    await feed(database)
    hold(database, [*first, *second])
    assert checkpoints(database) == dict.fromkeys(NAMES, (head(database), None))
