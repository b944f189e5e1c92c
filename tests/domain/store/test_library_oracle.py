"""The eventsourcing library's own PostgreSQL recorder reads what our store wrote, through the view."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

import psycopg
import pytest
from eventsourcing.persistence import Notification
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from domain.event_codec import from_stored_event
from domain.events import Event
from domain.postgres import PostgresStore
from tests.domain.store.streams import a_campaign, discard, map_part, reveal, reveals


@pytest.fixture
def recorder(database: str) -> Iterator[PostgresApplicationRecorder]:
    """The library's recorder; it creates no table, for the view has the name of its table."""
    place = conninfo_to_dict(database)
    with PostgresDatastore(
        dbname=str(place["dbname"]),
        host=str(place["host"]),
        port=str(place.get("port", 5432)),
        user=str(place["user"]),
        password="",
        pool_size=2,
    ) as datastore:
        yield PostgresApplicationRecorder(datastore)


@pytest.fixture(autouse=True)
def loud_driver() -> Iterator[None]:
    """The library silences the driver's logs when it is imported."""
    yield
    for name in ("psycopg", "psycopg.pool"):
        logging.getLogger(name).setLevel(logging.NOTSET)


async def test_the_library_reads_our_streams(postgres: PostgresStore, recorder: PostgresApplicationRecorder) -> None:
    """Every event comes out of the library's recorder as it went into our store."""
    campaign = a_campaign()
    events: list[Event] = [reveal(campaign, 1, "first"), discard(campaign, 2, "end"), map_part(campaign, 3, hexes=3)]
    await postgres.append([reveal(a_campaign(), 1)])
    await postgres.append(events)
    selected = recorder.select_events(campaign)
    assert [from_stored_event(one) for one in selected] == events
    assert [one.topic for one in selected] == [event.TOPIC for event in events]
    newest = recorder.select_events(campaign, gt=1, desc=True, limit=1)
    assert [from_stored_event(one) for one in newest] == events[2:]


async def test_the_library_pages_through_our_log(
    postgres: PostgresStore, recorder: PostgresApplicationRecorder, sql: psycopg.Connection
) -> None:
    """Notifications are our events in the order of their positions."""
    campaigns = [a_campaign() for _ in range(20)]
    await asyncio.gather(*(postgres.append(reveals(campaign, range(1, 4))) for campaign in campaigns))
    paged: list[Notification] = []
    while page := recorder.select_notifications(paged[-1].id if paged else None, limit=7, inclusive_of_start=False):
        paged += page
    rows = sql.execute("select position, campaign_id, version from event_log order by position").fetchall()
    assert [(one.id, one.originator_id, one.originator_version) for one in paged] == rows
    assert len(paged) == 60
    assert recorder.max_notification_id() == paged[-1].id
    topics = recorder.select_notifications(None, limit=100, topics=["session_started"])
    assert topics == []
