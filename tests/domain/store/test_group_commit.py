"""Appends that wait share one transaction, and none pays for another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import psycopg
import pytest
from psycopg import AsyncConnection
from psycopg.errors import NotNullViolation

from domain.append import Append
from domain.events import Event
from domain.ids import CampaignId
from domain.postgres import PostgresStore, group_commit
from domain.postgres.fault import find_fault
from domain.postgres.round_trip import commit
from domain.postgres.writer import Writer
from domain.store import (
    CommandAlreadyDecided,
    EventRejected,
    EventStore,
    StoreUnavailable,
    VersionConflict,
)
from tests.domain.store.lock import log_locked, waiting_backends
from tests.domain.store.streams import a_campaign, discard, map_part, reveal, stored


def transactions(sql: psycopg.Connection, campaigns: list[CampaignId]) -> int:
    """How many transactions brought the events of these campaigns."""
    query = "select count(distinct xmin::text) from event_log where campaign_id = any(%s)"
    row = sql.execute(query, [campaigns]).fetchone()
    assert row is not None
    return int(row[0])


async def outcomes(store: EventStore, *appends: Sequence[Event]) -> list[BaseException | None]:
    """How the appends end that come at once."""
    return await asyncio.gather(*(store.append(events) for events in appends), return_exceptions=True)


async def test_200_appends_at_once_share_a_few_commits(postgres: PostgresStore, sql: psycopg.Connection) -> None:
    """The appends of 200 rooms that wait are committed together."""
    campaigns = [a_campaign() for _ in range(200)]
    assert await outcomes(postgres, *([reveal(campaign, 1)] for campaign in campaigns)) == [None] * 200
    assert transactions(sql, campaigns) <= 3


async def test_no_append_is_planned_anew(postgres: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else PostgreSQL plans for as long as it writes."""
    connections: list[AsyncConnection] = []

    async def noted(connection: AsyncConnection, appends: Sequence[Append]) -> psycopg.Error | None:
        connections.append(connection)
        return await commit(connection, appends)

    monkeypatch.setattr("domain.postgres.writer.commit", noted)
    campaign = a_campaign()
    for version in range(1, 21):
        await postgres.append([reveal(campaign, version)])
    cursor = await connections[-1].execute(
        "select custom_plans, generic_plans from pg_prepared_statements where name = 'append_events'"
    )
    assert await cursor.fetchall() == [(0, 20)]


async def test_what_comes_during_a_commit_goes_into_the_next(
    postgres: PostgresStore, database: str, sql: psycopg.Connection
) -> None:
    """While one append is being committed the others gather, and then share one transaction."""
    first, *others = (a_campaign() for _ in range(10))
    with log_locked(database):
        sent = asyncio.create_task(postgres.append([reveal(first, 1)]))
        await waiting_backends(sql)
        gathered = [asyncio.create_task(postgres.append([reveal(campaign, 1)])) for campaign in others]
        await asyncio.sleep(0)
    await asyncio.gather(sent, *gathered)
    assert transactions(sql, others) == 1


async def test_a_batch_ends_at_a_megabyte(postgres: PostgresStore, sql: psycopg.Connection) -> None:
    """What doesn't fit waits for the next transaction, and what is larger goes alone."""
    small, medium, large, later = (a_campaign() for _ in range(4))
    appends: list[list[Event]] = [
        [reveal(small, 1)],
        [map_part(medium, version) for version in range(1, 7)],
        [map_part(large, version) for version in range(1, 21)],
        [reveal(later, 1)],
    ]
    assert await outcomes(postgres, *appends) == [None] * 4
    assert transactions(sql, [small, medium]) == 1
    assert transactions(sql, [large]) == 1
    assert transactions(sql, [large, later]) == 2
    assert transactions(sql, [medium, large]) == 2


async def test_the_appends_of_one_campaign_keep_their_order(postgres: PostgresStore) -> None:
    """Appends of one campaign that wait together are checked one after the other."""
    campaign = a_campaign()
    events = [reveal(campaign, version) for version in range(1, 6)]
    assert await outcomes(postgres, *([event] for event in events)) == [None] * 5
    assert await stored(postgres, campaign) == events


async def test_a_room_in_conflict_fails_alone(postgres: PostgresStore, sql: psycopg.Connection) -> None:
    """The rooms that another node got ahead of, or that repeat a command, fail; the others share a transaction."""
    good = [a_campaign() for _ in range(5)]
    behind, ahead, repeating = a_campaign(), a_campaign(), a_campaign()
    first = reveal(repeating, 1, "once")
    await outcomes(postgres, [reveal(behind, 1)], [first])
    results = await outcomes(
        postgres,
        [reveal(behind, 1)],
        *([reveal(campaign, 1)] for campaign in good),
        [reveal(ahead, 7)],
        [reveal(repeating, 2, "once")],
    )
    assert isinstance(results[0], VersionConflict)
    assert results[1:6] == [None] * 5
    assert isinstance(results[6], VersionConflict)
    assert isinstance(results[7], CommandAlreadyDecided)
    assert results[7].outcomes == {"once": first.event_id}
    assert transactions(sql, good) == 1


async def test_a_bad_row_fails_alone(postgres: PostgresStore) -> None:
    """A row that the database refuses costs only its own append, whatever is wrong with it."""
    good = [a_campaign() for _ in range(4)]
    taken = reveal(a_campaign(), 1)
    await postgres.append([taken])
    bad: list[list[Event]] = [
        [reveal(a_campaign(), 1, audience=("\x00",))],
        [reveal(a_campaign(), 1, actor="nobody")],
        [reveal(a_campaign(), 1, event_id=taken.event_id)],
        [reveal(campaign := a_campaign(), 1, "twice"), reveal(campaign, 2, "twice")],
        [reveal(a_campaign(), 1, "".join(chr(0x4E00 + 7 * n % 20_000) for n in range(9_000)))],
    ]
    results = await outcomes(postgres, *bad, *([reveal(campaign, 1)] for campaign in good))
    assert [type(result) for result in results[: len(bad)]] == [EventRejected] * len(bad)
    assert results[len(bad) :] == [None] * len(good)
    for events in bad:
        assert await stored(postgres, CampaignId(events[0].originator_id)) == []


async def test_what_the_database_refuses_only_at_the_commit_fails_alone(
    postgres: PostgresStore, sql: psycopg.Connection
) -> None:
    """Whatever an operator has the database check last, the others are stored and nobody is told a falsehood."""
    sql.execute("""
        create function refuse_late() returns trigger language plpgsql as $$
        begin
            if new.command_id = 'late' then raise 'too late' using errcode = 'check_violation'; end if;
            return null;
        end $$;
        create constraint trigger refuse_late after insert on event_log
        deferrable initially deferred for each row execute function refuse_late()
    """)
    good, bad, other = a_campaign(), a_campaign(), a_campaign()
    results = await outcomes(postgres, [reveal(good, 1)], [reveal(bad, 1, "late")], [reveal(other, 1)])
    assert [type(result) for result in results] == [type(None), EventRejected, type(None)]
    assert await stored(postgres, bad) == []
    assert len(await stored(postgres, good)) == len(await stored(postgres, other)) == 1


async def test_a_conflict_and_a_bad_row_in_one_batch(postgres: PostgresStore) -> None:
    """Each append gets its own answer, also when several things are wrong at once."""
    conflict, bad, good = a_campaign(), a_campaign(), a_campaign()
    results = await outcomes(postgres, [reveal(conflict, 3)], [reveal(bad, 1, audience=("\x00",))], [reveal(good, 1)])
    assert [type(result) for result in results] == [VersionConflict, EventRejected, type(None)]


async def test_a_stream_that_catches_up_meanwhile_is_still_a_conflict(postgres: PostgresStore, database: str) -> None:
    """Who was ahead of the stream is not rejected for good, even if the gap is closed before anybody looks."""
    campaign = a_campaign()
    await postgres.append([reveal(campaign, 1)])
    append = Append.of([reveal(campaign, 2)])
    async with await psycopg.AsyncConnection.connect(database) as connection:
        faults = await find_fault(connection, [append], NotNullViolation("version"))
    assert isinstance(faults[append], VersionConflict)


async def test_a_caller_who_gives_up_disturbs_nobody(
    postgres: PostgresStore, database: str, sql: psycopg.Connection
) -> None:
    """A cancelled append is recorded if it was sent already, else not; the others don't notice."""
    sent, waits, other = a_campaign(), a_campaign(), a_campaign()
    with log_locked(database):
        in_flight = asyncio.create_task(postgres.append([reveal(sent, 1)]))
        await waiting_backends(sql)
        waiting = asyncio.create_task(postgres.append([reveal(waits, 1)]))
        stays = asyncio.create_task(postgres.append([reveal(other, 1)]))
        await asyncio.sleep(0)
        in_flight.cancel()
        waiting.cancel()
        await asyncio.wait([in_flight, waiting])
    await stays
    assert in_flight.cancelled()
    assert waiting.cancelled()
    assert len(await stored(postgres, sent)) == 1
    assert await stored(postgres, waits) == []
    assert len(await stored(postgres, other)) == 1


async def test_a_refused_append_of_a_caller_who_gave_up(
    postgres: PostgresStore, database: str, sql: psycopg.Connection
) -> None:
    """Nobody is left to hear of a conflict: that is no error either."""
    campaign = a_campaign()
    with log_locked(database):
        gone = asyncio.create_task(postgres.append([reveal(campaign, 7)]))
        await waiting_backends(sql)
        gone.cancel()
    await postgres.append([reveal(campaign, 1)])


async def test_who_waits_too_long_is_turned_away(database: str, sql: psycopg.Connection) -> None:
    """An append that could not be sent within its time is answered, and is never recorded."""
    sent, late, later = a_campaign(), a_campaign(), a_campaign()
    async with PostgresStore(database, append_timeout=1) as store:
        with log_locked(database):
            in_flight = asyncio.create_task(store.append([reveal(sent, 1)]))
            await waiting_backends(sql)
            with pytest.raises(StoreUnavailable):
                await store.append([reveal(late, 1)])
            assert not in_flight.done()
        await in_flight
        await store.append([reveal(later, 1)])
        assert await stored(store, late) == []


async def test_each_is_turned_away_in_its_own_time(database: str, sql: psycopg.Connection) -> None:
    """Who came later may wait longer."""
    async with PostgresStore(database, append_timeout=1) as store:
        with log_locked(database):
            in_flight = asyncio.create_task(store.append([reveal(a_campaign(), 1)]))
            await waiting_backends(sql)
            early = asyncio.create_task(store.append([reveal(a_campaign(), 1)]))
            await asyncio.sleep(0.6)
            late = asyncio.create_task(store.append([reveal(a_campaign(), 1)]))
            await asyncio.wait([early])
            assert not late.done()
        await asyncio.gather(in_flight, late)
        assert isinstance(early.exception(), StoreUnavailable)


async def test_closing_commits_what_waits(database: str, sql: psycopg.Connection) -> None:
    """A store that is closed records what was handed in before, and takes nothing more."""
    campaigns = [a_campaign() for _ in range(3)]
    store = PostgresStore(database)
    await store.open()
    appends = [asyncio.create_task(store.append([reveal(campaign, 1)])) for campaign in campaigns]
    await asyncio.sleep(0)
    await store.close()
    await asyncio.gather(*appends)
    with pytest.raises(StoreUnavailable):
        await store.append([discard(campaigns[0], 2, "late")])
    row = sql.execute("select count(*) from event_log").fetchone()
    assert row == (3,)


async def test_commits_are_durable_whatever_the_database_says(database: str, sql: psycopg.Connection) -> None:
    """The writer insists on synchronous commits, in a database that doesn't."""
    sql.execute(f"alter database {sql.info.dbname} set synchronous_commit = off")
    sql.execute("""
        create function refuse_lax_commits() returns trigger language plpgsql as $$
        begin
            if current_setting('synchronous_commit') <> 'on' then raise 'lax'; end if;
            return null;
        end $$;
        create trigger refuse_lax_commits after insert on event_log execute function refuse_lax_commits()
    """)
    async with PostgresStore(database) as store:
        await store.append([reveal(a_campaign(), 1)])


async def test_check_tells_whether_commits_work(postgres: PostgresStore, sql: psycopg.Connection) -> None:
    """A database that takes no writes can't commit, although it answers; checking leaves nothing behind."""
    await asyncio.gather(postgres.check(), postgres.check())
    sql.execute(f"alter database {sql.info.dbname} set default_transaction_read_only = on")
    async with PostgresStore(sql.info.dsn) as read_only:
        with pytest.raises(StoreUnavailable, match="read-only"):
            await read_only.check()
        with pytest.raises(StoreUnavailable, match="read-only"):
            await read_only.append([reveal(a_campaign(), 1)])
    assert sql.execute("select count(*) from event_log").fetchone() == (0,)


async def test_a_database_without_tables_is_unavailable(empty_database: str) -> None:
    """Without migrations nothing can be recorded or read."""
    async with PostgresStore(empty_database) as store:
        with pytest.raises(StoreUnavailable):
            await store.append([reveal(a_campaign(), 1)])
        with pytest.raises(StoreUnavailable):
            await store.head(a_campaign())


async def test_a_fault_of_ours_ends_no_committing(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither while connecting, nor around a commit, nor while the log is asked: it is told each time."""
    monkeypatch.setattr(group_commit, "FAULT_PAUSE", 0.01)
    faults: list[str] = []
    campaign = a_campaign()
    async with PostgresStore(database, on_fault=lambda fault: faults.append(str(fault))) as store:
        failing_once(monkeypatch, Writer, "open", "while connecting")
        with pytest.raises(StoreUnavailable):
            await store.append([reveal(campaign, 1)])
        await store.append([reveal(campaign, 1)])
        failing_once(monkeypatch, Writer, "try_commit", "around a commit")
        failing_once(monkeypatch, group_commit, "recorded_appends", "while asking")
        with pytest.raises(StoreUnavailable):
            await store.append([reveal(campaign, 2)])
        await store.append([reveal(campaign, 2)])
    assert faults == ["while connecting", "around a commit", "while asking"]


async def test_a_fault_of_ours_is_logged(
    database: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """With its traceback, where nobody wants to be told otherwise."""
    monkeypatch.setattr(group_commit, "FAULT_PAUSE", 0.01)
    async with PostgresStore(database) as store:
        failing_once(monkeypatch, Writer, "open", "a fault of ours")
        with pytest.raises(StoreUnavailable):
            await store.check()
        await store.check()
    [told] = [record for record in caplog.records if record.exc_info is not None]
    assert str(told.exc_info[1]) == "a fault of ours"  # type: ignore[index]  # it is there


def failing_once(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, why: str) -> None:
    """The first call fails with what no database says."""
    original = getattr(owner, name)

    def fails(*_: object) -> None:
        monkeypatch.setattr(owner, name, original)
        raise RuntimeError(why)

    monkeypatch.setattr(owner, name, fails)
