"""An event that can't be brought into the tables of the analysts sets aside its campaign, and no other one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random

import psycopg
import pytest

from domain.events import Event
from domain.ids import CampaignId
from projections.postgres.feeder import Feeder, feeding_connection
from projections.postgres.log_reader import Batch
from projections.postgres.rebuild import rebuild
from tests.domain.store.streams import a_campaign, reveal
from tests.projections.analytics.histories import history
from tests.projections.postgres.kit import (
    NAMES,
    checkpoints,
    damage,
    feed,
    head,
    hold,
    log,
    set_aside,
    tables,
)
from tests.projections.postgres.odd_events import POISON, poison
from transport.analytics.description import missing
from transport.analytics.report.readings import read_campaign


def a_history(seed: int) -> tuple[list[Event], list[Event]]:
    """Of three campaigns, and the events of the one to which most happens."""
    events = history(Random(seed), 300)
    campaigns = [[e for e in events if e.originator_id == one] for one in {e.originator_id for e in events}]
    return events, max(campaigns, key=len)


def without_the_end(events: Sequence[Event], odd: Event) -> list[Event]:
    """What the tables should hold: of the odd event's campaign only what came before it."""
    return [
        event
        for event in events
        if event.originator_id != odd.originator_id or event.originator_version < odd.originator_version
    ]


@pytest.mark.parametrize(
    ("columns", "batch"),
    [("type = 'comet_struck'", 1), ("schema_version = 9", 7), ("data = '{}'", 40), ("data = '[]'", 1_000)],
)
async def test_what_cannot_be_read(database: str, seed: int, columns: str, batch: int) -> None:
    """All tables hold what came before it in its campaign, and everything of the others; mended it goes on there."""
    events, campaign = a_history(seed)
    odd = [event for event in campaign if event.TOPIC == "hexes_updated"][-1]
    await log(database, events)
    with psycopg.connect(database) as connection:
        before = connection.execute(
            "select type, schema_version, data::text from event_log where event_id = %s", [odd.event_id]
        ).fetchone()
    assert before is not None
    damage(database, odd, columns)
    await feed(database, batch)
    hold(database, without_the_end(events, odd))
    assert checkpoints(database) == dict.fromkeys(NAMES, (head(database), None))
    ((aside, (version, why)),) = set_aside(database).items()
    assert (aside, version) == (odd.originator_id, odd.originator_version - 1)
    assert why.startswith(f"event {odd.originator_version}, a ")
    assert "\n" not in why
    later = reveal(a_campaign(), 1)
    await log(database, [later])
    await feed(database, batch)
    hold(database, [*without_the_end(events, odd), later])
    assert set_aside(database) == {aside: (version, why)}
    damage(database, odd, "type = '{}', schema_version = {}, data = '{}'".format(*before))
    await feed(database, batch)
    assert set_aside(database) == {}
    hold(database, [*events, later])


@pytest.mark.parametrize("fault", POISON)
async def test_what_was_never_decided(database: str, seed: int, fault: str) -> None:
    """A log of one event once stopped the tables of all campaigns for good, and their rebuild."""
    topic, data = POISON[fault]
    campaign = await poison(database, topic, data)
    events = history(Random(seed), 60)
    await log(database, events)
    await feed(database)
    hold(database, events)
    assert {one: version for one, (version, _) in set_aside(database).items()} == {campaign: 0}
    await rebuild(database, lambda _done, _total: None)
    hold(database, events)
    assert {one: version for one, (version, _) in set_aside(database).items()} == {campaign: 0}


async def test_what_is_another_campaigns(database: str) -> None:
    """A session or a staged change that is claimed by a second campaign stays what it was."""
    seed = next(n for n in range(1_000) if any(e.TOPIC == "changes_published" for e in history(Random(n), 100)))
    events = history(Random(seed), 100)
    await log(database, events)
    started = next(event for event in events if event.TOPIC == "session_started")
    staged = next(event for event in events if event.TOPIC == "change_staged")
    thieves = {
        await poison(database, "session_started", '{"number": 1, "present": []}', started.session_id),
        await poison(database, "changes_published", f'{{"change_ids": ["{staged.event_id}"]}}'),
        await poison(database, "change_undone", f'{{"change_id": "{staged.event_id}"}}'),
    }
    await feed(database)
    hold(database, events)
    assert set_aside(database).keys() == thieves
    assert sum("of another campaign" in why for _, why in set_aside(database).values()) == 2


async def test_a_table_that_was_behind_the_others(database: str, seed: int) -> None:
    """The others hold what came after the odd event: they let go of it."""
    events, campaign = a_history(seed)
    odd = [event for event in campaign if event.TOPIC == "hexes_updated"][-1]
    await log(database, events)
    damage(database, odd, "data = '{}'")
    with psycopg.connect(database) as connection:
        connection.execute("alter table analytics_tables.terrain rename to elsewhere")
    await feed(database, 40)
    assert set_aside(database) == {}
    with psycopg.connect(database) as connection:
        connection.execute("alter table analytics_tables.elsewhere rename to terrain")
    await feed(database, 40)
    hold(database, without_the_end(events, odd))
    ((_, (version, _)),) = set_aside(database).items()
    assert version == odd.originator_version - 1


async def test_several_feed_the_same_tables(database: str, seed: int) -> None:
    """Two servers agree on what is set aside, and neither brings in what the other one left out."""
    events, campaign = a_history(seed)
    odd = campaign[len(campaign) // 2]
    await log(database, events)
    damage(database, odd, "type = 'comet_struck'")

    async def one() -> None:
        async with feeding_connection(database) as connection:
            feeder = Feeder(connection, Batch(10, 400))
            while checkpoints(database)["session"][0] < head(database) or await feeder.step():
                await feeder.step()

    async with asyncio.TaskGroup() as feeders:
        for _ in range(3):
            feeders.create_task(one())
    hold(database, without_the_end(events, odd))
    assert set_aside(database).keys() == {odd.originator_id}


async def test_many_odd_campaigns(database: str, seed: int) -> None:
    """Hundreds in one batch cost no more than their number, and each can be taken up later."""
    events = history(Random(seed), 400, campaigns=60)
    firsts = {event.originator_id: event for event in reversed(events)}
    await log(database, events)
    for event in firsts.values():
        damage(database, event, "schema_version = 9")
    good = history(Random(seed + 1), 30)
    await log(database, good)
    await feed(database, 1_000)
    hold(database, good)
    assert set_aside(database).keys() == firsts.keys()
    for event in firsts.values():
        damage(database, event, "schema_version = 1")
    await feed(database, 1_000)
    hold(database, [*events, *good])
    assert set_aside(database) == {}


async def test_a_report_says_what_is_missing(database: str, seed: int) -> None:
    """It counts the events that the tables do not have, as for one that is behind."""
    events, campaign = a_history(seed)
    odd = campaign[-5]
    await log(database, events)
    damage(database, odd, "type = 'comet_struck'")
    await feed(database)
    async with await psycopg.AsyncConnection.connect(database) as connection:
        for one in {event.originator_id for event in events}:
            readings = await read_campaign(connection, CampaignId(one))
            assert readings.behind == (5 if one == odd.originator_id else 0)
    before = tables(database)
    await feed(database)
    assert tables(database) == before


async def test_a_verb_lists_a_few(database: str) -> None:
    """And says how many more there are."""
    campaigns = [await poison(database, "session_paused", "{}") for _ in range(23)]
    await feed(database)
    with psycopg.connect(database) as connection:
        lines = missing(connection)
    assert len(lines) == 21
    assert all(line.endswith("LookupError: no session of the campaign runs") for line in lines[:-1])
    assert {line.split()[1] for line in lines[:-1]} < {str(one) for one in campaigns}
    assert lines[-1] == "and 3 more: see analytics.set_aside"
