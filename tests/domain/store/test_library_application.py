"""An application of the eventsourcing library on our log."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from threading import Event as Flag
from threading import Thread
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.application import Application
from eventsourcing.persistence import (
    DataError,
    IntegrityError,
    InterfaceError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    StoredEvent,
    Tracking,
)
from eventsourcing.sqlite import SQLiteTrackingRecorder
from eventsourcing.utils import Environment

from domain.aggregate import CommandMetadata, SessionAggregate
from domain.decide import CommandContext
from domain.event_codec import to_stored_event
from domain.events import Event
from domain.ids import CommandId
from domain.postgres import PostgresStore
from domain.postgres.background_loop import BackgroundLoop
from domain.postgres.library import DATABASE_URL, LogFactory
from domain.postgres.recorder import LogRecorder
from tests.access import Kept, access_of, logins, signed_in_as
from tests.domain.scenario import PAUSE, START
from tests.domain.scenario import reveal as reveal_command
from tests.domain.store.streams import DM, NOW, a_campaign, oversized, reveal, reveals, stored


def environment(url: str) -> dict[str, str]:
    return {"PERSISTENCE_MODULE": "domain.postgres.library", DATABASE_URL: url}


@pytest.fixture
def application(database: str) -> Iterator[Application[UUID]]:
    with Application[UUID](environment(database)) as application:
        yield application


@pytest.fixture
def recorder(database: str) -> Iterator[LogRecorder]:
    recorder = LogRecorder(database)
    yield recorder
    recorder.close()


async def test_it_loads_our_aggregate_and_saves_what_it_decides(
    application: Application[UUID], postgres: PostgresStore
) -> None:
    """The events are in the log as if a server had written them."""
    campaign = a_campaign()
    ours = SessionAggregate.at(campaign)
    context, metadata = CommandContext(players=()), CommandMetadata(DM, NOW, uuid4, CommandId("first"))
    for command in (START, reveal_command("0,0")):
        ours.handle(command, context, metadata._replace(command_id=None))
    events: list[Event] = list(ours.collect_events())  # type: ignore[arg-type]  # only ours
    await postgres.append(events)

    theirs: SessionAggregate = application.repository.get(campaign)
    assert (theirs.version, theirs.table) == (ours.version, ours.table)
    [paused] = theirs.handle(PAUSE, context, metadata)
    [recording] = application.save(theirs)
    assert await stored(postgres, campaign) == [*events, paused]
    assert recording.notification.id == application.recorder.max_notification_id()
    assert list(application.events.get(campaign)) == [*events, paused]
    assert application.notification_log.select(recording.notification.id, 1)[0].topic == "session_paused"


async def test_the_rules_of_the_log_hold(recorder: LogRecorder, postgres: PostgresStore) -> None:
    """Nothing is recorded that a server could not have appended, and nothing of an insert that is refused."""
    campaign = a_campaign()
    events = [reveal(campaign, 1, "mine"), reveal(campaign, 2)]
    assert recorder.insert_events([to_stored_event(event) for event in events]) == [1, 2]
    refused: list[tuple[type[Exception], list[StoredEvent]]] = [
        (IntegrityError, [to_stored_event(reveal(campaign, 2))]),
        (IntegrityError, [to_stored_event(reveal(campaign, 3)), to_stored_event(reveal(campaign, 5))]),
        (IntegrityError, [to_stored_event(reveal(campaign, 3, "mine"))]),
        (DataError, [to_stored_event(oversized(campaign, 3))]),
        (DataError, [StoredEvent(campaign, 3, "topic", b"state")]),
        (ProgrammingError, [to_stored_event(reveal(campaign, 3)), to_stored_event(reveal(a_campaign(), 1))]),
    ]
    for error, inserted in refused:
        with pytest.raises(error):
            recorder.insert_events(inserted)
    with pytest.raises(NotSupportedError):
        recorder.insert_events([to_stored_event(reveal(campaign, 3))], tracking=Tracking("upstream", 1))
    assert await stored(postgres, campaign) == events


def test_nothing_answers() -> None:
    """One error for each call, after a few tries."""
    recorder = LogRecorder("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(OperationalError):
        recorder.insert_events([to_stored_event(reveal(a_campaign(), 1))])
    with pytest.raises(OperationalError, match="max_notification_id got no answer"):
        recorder.max_notification_id()
    recorder.close()
    with pytest.raises(InterfaceError, match="closed"):
        recorder.max_notification_id()
    recorder.close()


def test_an_outage_is_ridden_out(recorder: LogRecorder, sql: psycopg.Connection) -> None:
    """A connection that breaks is made anew."""
    assert recorder.max_notification_id() is None
    sql.execute(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )
    assert recorder.max_notification_id() is None


def test_who_waits_is_told_of_the_end() -> None:
    """A call that a thread waits for ends with the recorder."""
    background, has_begun, errors = BackgroundLoop(), Flag(), list[Exception]()

    async def work() -> None:
        has_begun.set()
        await asyncio.Event().wait()

    def wait() -> None:
        try:
            background.run(work())
        except InterfaceError as error:
            errors.append(error)

    waiting = Thread(target=wait)
    waiting.start()
    has_begun.wait()
    background.close(asyncio.sleep(0))
    waiting.join()
    assert [str(error) for error in errors] == ["the recorder was closed meanwhile"]


def test_the_factory_says_what_it_does_not_have(database: str) -> None:
    with pytest.raises(OSError, match="FOGBOUND_DATABASE_URL must name the database"):
        LogFactory({})
    factory = LogFactory(Environment("Evenings", environment(database)))
    with pytest.raises(NotSupportedError, match="the log has no snapshots"):
        factory.aggregate_recorder("snapshots")
    with pytest.raises(NotSupportedError, match="set EVENINGS_PERSISTENCE_MODULE"):
        factory.tracking_recorder(SQLiteTrackingRecorder)
    factory.close()


def test_a_program_that_never_closes_it_ends(database: str) -> None:
    """Its thread is not waited for."""
    program = """
from uuid import UUID
from eventsourcing.application import Application
application = Application[UUID]()
print(application.recorder.max_notification_id())
"""
    environ = os.environ | environment(database)
    ended = subprocess.run([sys.executable, "-W", "error", "-c", program], env=environ, capture_output=True, check=True)
    assert (ended.stdout, ended.stderr) == (b"None\n", b"")


def test_what_a_server_may_do_is_enough(kept: Kept) -> None:
    """And no more is asked for."""
    recorder = LogRecorder(kept.server_url)
    try:
        campaign = a_campaign()
        inserted = [to_stored_event(event) for event in reveals(campaign, range(1, 4))]
        positions = recorder.insert_events(inserted)
        with recorder.subscribe() as subscription:
            assert [next(subscription).id for _ in inserted] == positions
    finally:
        recorder.close()


def test_an_analyst_gets_nothing(kept: Kept) -> None:
    """Neither the log nor the name of the channel on which it is announced."""
    rights = f"in role {access_of(kept.server_url).analyst_role}"
    with logins(kept.admin_url, reader=rights) as names:
        recorder = LogRecorder(signed_in_as(kept.admin_url, names["reader"]))
        for look in (recorder.max_notification_id, recorder.subscribe):
            with pytest.raises(OperationalError, match="permission denied"):
                look()
        recorder.close()
