"""A staged change that the log does not have any more sets aside the campaign that needs it."""

from __future__ import annotations

from uuid import uuid4

import psycopg
import pytest

from domain.aggregate import CommandMetadata, SessionAggregate
from domain.decide import CommandContext
from tests.domain.scenario import DM, NOW, PUBLISH, STAGED, update
from tests.domain.store.streams import a_campaign
from tests.projections.postgres.kit import damage, feed, hold, log, set_aside


@pytest.mark.parametrize("columns", ["data = '{}'", "type = 'session_paused', data = '{}'"])
async def test_a_staged_change_that_is_not_there(database: str, columns: str) -> None:
    """It can't be read, or is an event of another kind: the reason names it. Mended it is published as it was."""
    campaign = SessionAggregate.at(a_campaign())
    context, metadata = CommandContext(players=set()), CommandMetadata(DM, NOW, uuid4)
    events = [e for one in (STAGED, update(q0r0="forest"), PUBLISH) for e in campaign.handle(one, context, metadata)]
    (staged,) = (event for event in events if event.TOPIC == "change_staged")
    publish = next(event for event in events if event.TOPIC == "changes_published")
    before, after = events[: events.index(publish)], events[events.index(publish) :]
    await log(database, before)
    await feed(database)
    with psycopg.connect(database) as connection:
        ((data,),) = connection.execute("select data::text from event_log where event_id = %s", [staged.event_id])
    damage(database, staged, columns)
    await log(database, after)
    await feed(database)
    hold(database, before)
    why = f"event {publish.originator_version}, a changes_published: LookupError: "
    why += f"the staged change {staged.event_id} is missing or cannot be read"
    assert set_aside(database) == {publish.originator_id: (publish.originator_version - 1, why)}
    damage(database, staged, f"type = 'change_staged', data = '{data}'")
    await feed(database)
    hold(database, events)
