"""Subscriptions of the eventsourcing library to our log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import psycopg
import pytest
from eventsourcing.persistence import Notification

from domain.event_codec import from_stored_event
from domain.postgres import PostgresStore, subscription
from domain.postgres.recorder import LogRecorder
from tests.access import access_of
from tests.domain.store.patience import until
from tests.domain.store.streams import a_campaign, end, reveal, reveals, start

LISTENING = "select pid from pg_stat_activity where datname = current_database() and query like 'listen%%'"


@pytest.fixture
def recorder(database: str) -> Iterator[LogRecorder]:
    recorder = LogRecorder(database)
    yield recorder
    recorder.close()


async def following(subscribed: Iterator[Notification]) -> Notification:
    return await asyncio.wait_for(asyncio.to_thread(next, subscribed), 20)


async def test_it_gets_what_was_there_and_what_comes(
    postgres: PostgresStore, recorder: LogRecorder, sql: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each commit of a server wakes it: it need not look by itself."""
    monkeypatch.setattr(subscription, "LOOK_SECONDS", 3600)
    campaign = a_campaign()
    events = reveals(campaign, range(1, 11))
    await postgres.append(events[:4])
    with recorder.subscribe() as subscribed:
        got = [await following(subscribed) for _ in range(4)]
        await until(lambda: sql.execute(LISTENING).fetchone() is not None)
        for event in events[4:]:
            await postgres.append([event])
            got.append(await following(subscribed))
        assert [from_stored_event(one) for one in got] == events
        recorder.close()  # it would listen for an hour


async def test_some_topics(postgres: PostgresStore, recorder: LogRecorder) -> None:
    campaign = a_campaign()
    await postgres.append([start(campaign, 1), reveal(campaign, 2), end(campaign, 3)])
    with recorder.subscribe(topics=["session_started", "session_ended"]) as subscribed:
        assert [(await following(subscribed)).originator_version for _ in range(2)] == [1, 3]


async def test_it_goes_on_after_its_connection_broke(
    postgres: PostgresStore, recorder: LogRecorder, sql: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was committed meanwhile is not missed."""
    monkeypatch.setattr(subscription, "LOOK_SECONDS", 0.05)
    campaign = a_campaign()
    with recorder.subscribe() as subscribed:
        for version in range(1, 4):
            await until(lambda: sql.execute(LISTENING).fetchone() is not None)
            sql.execute(f"select pg_terminate_backend(pid) from ({LISTENING}) as listening")
            await postgres.append([reveal(campaign, version)])
            assert (await following(subscribed)).originator_version == version


async def test_it_leaves_no_connection_behind(
    recorder: LogRecorder, sql: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stops to listen soon after it was stopped."""
    monkeypatch.setattr(subscription, "LOOK_SECONDS", 0.05)
    with recorder.subscribe():
        await until(lambda: sql.execute(LISTENING).fetchone() is not None)
    await until(lambda: sql.execute(LISTENING).fetchone() is None)


async def test_it_ends_with_the_recorder(recorder: LogRecorder) -> None:
    """Whoever waits for an event waits no longer."""
    with recorder.subscribe() as subscribed:
        waiting = asyncio.create_task(asyncio.to_thread(list, subscribed))
        await asyncio.to_thread(recorder.close)
        assert await asyncio.wait_for(waiting, 20) == []


async def test_a_commit_is_notified_once(postgres: PostgresStore, database: str) -> None:
    """On the channel of the servers, whose name nobody else knows."""
    ours = access_of(database).channel("events")
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as listener:
        await listener.execute(f"listen {ours}; listen stored_events")
        for campaign in [a_campaign() for _ in range(3)]:
            await postgres.append([reveal(campaign, 1)])
        await listener.execute("notify stored_events, 'the end'")
        heard = [(said.channel, said.payload) async for said in listener.notifies(timeout=20, stop_after=4)]
    assert [channel for channel, _ in heard] == [ours] * 3 + ["stored_events"]
