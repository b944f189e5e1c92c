"""A connection that breaks around a commit: the answer is what the log says."""

from __future__ import annotations

import asyncio
import os
import signal

import psycopg
import pytest

from domain.append import Append
from domain.ids import CampaignId
from domain.postgres import PostgresStore
from domain.postgres.group_commit import GroupCommit
from domain.store import EngineError, StoreUnavailable
from tests.domain.store.lock import is_waiting, log_locked, waiting_backends
from tests.domain.store.patience import until
from tests.domain.store.proxy import Proxy
from tests.domain.store.streams import a_campaign, reveal, stored

PATIENCE = 60
"""Seconds that nothing here takes."""


async def recorded(sql: psycopg.Connection, campaign: CampaignId) -> None:
    """Returns when the campaign has an event."""
    query = "select 1 from event_log where campaign_id = %s"
    await until(lambda: sql.execute(query, [campaign]).fetchone() is not None)


def _no_fault_of_ours(error: Exception) -> None:
    raise AssertionError from error


async def test_a_commit_whose_answer_was_lost_is_a_success(proxy: Proxy, sql: psycopg.Connection) -> None:
    """The connection broke after the commit: the caller learns that the events are stored."""
    campaign = a_campaign()
    async with PostgresStore(proxy.url) as store:
        await store.check()
        proxy.swallow_answers()
        append = asyncio.create_task(store.append([event := reveal(campaign, 1)]))
        await recorded(sql, campaign)
        proxy.hang_up()
        await append
        assert await stored(store, campaign) == [event]
        await store.append([reveal(campaign, 2)])


async def test_a_commit_that_never_arrived_is_a_failure(proxy: Proxy) -> None:
    """The connection broke before the server heard of it: the caller learns that nothing is stored."""
    campaign = a_campaign()
    async with PostgresStore(proxy.url) as store:
        await store.check()
        proxy.swallow_requests()
        sent = proxy.requests
        append = asyncio.create_task(store.append([reveal(campaign, 1)]))
        await until(lambda: proxy.requests > sent)
        proxy.hang_up()
        with pytest.raises(StoreUnavailable):
            await append
        assert await stored(store, campaign) == []
        await store.append([reveal(campaign, 1)])


async def test_a_lost_commit_can_not_happen_later(proxy: Proxy, database: str, sql: psycopg.Connection) -> None:
    """A server process that still waits to commit is ended first: what was answered stays true."""
    campaign = a_campaign()
    async with PostgresStore(proxy.url) as store:
        await store.check()
        with log_locked(database):
            append = asyncio.create_task(store.append([reveal(campaign, 1)]))
            (lost,) = await waiting_backends(sql)
            proxy.hang_up()
            # Sooner than the server itself would end a transaction that takes so long.
            await until(lambda: not is_waiting(sql, lost), seconds=2)
            assert not append.done()
        with pytest.raises(StoreUnavailable):
            await append
        await store.append([reveal(campaign, 1)])


async def test_the_answer_waits_for_a_server_process_that_does_not_end(
    proxy: Proxy, database: str, sql: psycopg.Connection
) -> None:
    """As long as the lost process might commit there is no answer."""
    campaign = a_campaign()
    async with PostgresStore(proxy.url) as store:
        await store.check()
        with log_locked(database):
            append = asyncio.create_task(store.append([reveal(campaign, 1)]))
            (lost,) = await waiting_backends(sql)
            os.kill(lost, signal.SIGSTOP)
            proxy.hang_up()
        await asyncio.sleep(3)
        assert not append.done()
        os.kill(lost, signal.SIGCONT)
        with pytest.raises(StoreUnavailable):
            await append
        assert await stored(store, campaign) == []


async def test_a_killed_server_process_is_settled(
    postgres: PostgresStore, database: str, sql: psycopg.Connection
) -> None:
    """Killing the writer's process in the middle of a batch records nothing, and says so to all of the batch."""
    campaigns = [a_campaign() for _ in range(3)]
    with log_locked(database):
        first = asyncio.create_task(postgres.append([reveal(a_campaign(), 1)]))
        (writer,) = await waiting_backends(sql)
        waiting = [asyncio.create_task(postgres.append([reveal(campaign, 1)])) for campaign in campaigns]
        await asyncio.sleep(0)
        sql.execute("select pg_terminate_backend(%s)", [writer])
    with pytest.raises(StoreUnavailable):
        await first
    assert await asyncio.gather(*waiting) == [None] * 3


async def test_answers_that_make_no_sense_break_the_connection(
    proxy: Proxy, database: str, sql: psycopg.Connection
) -> None:
    """Garbage instead of an answer is no answer: the log is asked."""
    campaign = a_campaign()
    async with PostgresStore(proxy.url) as store:
        await store.check()
        with log_locked(database):
            append = asyncio.create_task(store.append([reveal(campaign, 1)]))
            (writer,) = await waiting_backends(sql)
            proxy.garble()
            await until(lambda: not is_waiting(sql, writer))
        with pytest.raises(StoreUnavailable):
            await append
        assert await stored(store, campaign) == []


async def test_a_silent_server_is_given_up(proxy: Proxy, sql: psycopg.Connection) -> None:
    """When no answer comes in time the connection is cut, and the log is asked over another one."""
    campaign = a_campaign()
    async with PostgresStore(proxy.url, answer_timeout=1) as store:
        await store.check()
        proxy.swallow_answers()
        await asyncio.wait_for(store.append([reveal(campaign, 1)]), 4)
        assert len(await stored(store, campaign)) == 1


async def test_a_silent_server_costs_a_reader_its_answer_only(proxy: Proxy) -> None:
    """A read that gets no answer fails in time; the next one uses another connection."""
    async with PostgresStore(proxy.url, answer_timeout=1) as store:
        await store.head(a_campaign())
        proxy.swallow_answers()
        with pytest.raises(StoreUnavailable):
            await asyncio.wait_for(store.head(a_campaign()), 4)
        await store.head(a_campaign())


async def test_no_answer_while_the_database_is_away(proxy: Proxy, sql: psycopg.Connection) -> None:
    """As long as nobody can ask the log the outcome stays open; those who were not sent learn that in time."""
    campaign = a_campaign()
    async with PostgresStore(proxy.url, append_timeout=1) as store:
        await store.check()
        proxy.swallow_answers()
        append = asyncio.create_task(store.append([reveal(campaign, 1)]))
        await recorded(sql, campaign)
        proxy.is_open = False
        proxy.hang_up()
        with pytest.raises(StoreUnavailable):
            await store.append([reveal(a_campaign(), 1)])
        with pytest.raises(StoreUnavailable):
            await store.check()
        assert not append.done()
        proxy.is_open = True
        await append


async def test_closing_before_it_is_known(proxy: Proxy, sql: psycopg.Connection) -> None:
    """Who closes the store without a database gets no false answer: it is unknown whether the events are stored."""
    campaign = a_campaign()
    store = PostgresStore(proxy.url, append_timeout=1, answer_timeout=1)
    await store.open()
    await store.check()
    proxy.swallow_answers()
    append = asyncio.create_task(store.append([reveal(campaign, 1)]))
    await recorded(sql, campaign)
    proxy.is_open = False
    proxy.hang_up()
    await store.close()
    with pytest.raises(EngineError, match="closed before it was known") as unknown:
        await append
    assert not isinstance(unknown.value, StoreUnavailable)


async def test_closing_does_not_wait_for_a_commit_that_hangs(
    database: str, sql: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the time of closing is over, the connection on which somebody waits for an answer is cut."""
    campaign = a_campaign()
    group_commit = GroupCommit(database, PATIENCE, PATIENCE, on_commit=None, on_fault=_no_fault_of_ours)
    with log_locked(database):
        append = asyncio.ensure_future(group_commit.append(Append.of([reveal(campaign, 1)])))
        await waiting_backends(sql)
        monkeypatch.setattr(group_commit, "_answer_timeout", 0.1)  # closing does not wait for as long as the commit may
        await group_commit.close()
        with pytest.raises(EngineError, match="closed before it was known"):
            await append


async def test_the_answer_waits_for_the_lock(proxy: Proxy, database: str, sql: psycopg.Connection) -> None:
    """While another node holds the lock nobody knows; asking goes on until the log answers."""
    campaign = a_campaign()
    async with PostgresStore(proxy.url, answer_timeout=1) as store:
        await store.check()
        with log_locked(database):
            append = asyncio.create_task(store.append([reveal(campaign, 1)]))
            await waiting_backends(sql)
            await asyncio.sleep(2.5)
            assert not append.done()
        with pytest.raises(StoreUnavailable):
            await append
        assert await stored(store, campaign) == []


async def test_closing_does_not_wait_for_the_lock_for_ever(database: str, sql: psycopg.Connection) -> None:
    """A store that can't learn what became of an append closes all the same, and says that it is unknown."""
    store = PostgresStore(database, answer_timeout=1)
    await store.open()
    with log_locked(database):
        append = asyncio.create_task(store.append([reveal(a_campaign(), 1)]))
        await waiting_backends(sql)
        await asyncio.sleep(0.1)
        await asyncio.wait_for(store.close(), 4)
        with pytest.raises(EngineError, match="closed before it was known"):
            await append


async def test_a_row_that_breaks_our_own_code_is_settled_too(postgres: PostgresStore) -> None:
    """Whatever goes wrong around a commit, the log is asked and the writer lives on."""
    far = reveal(campaign := a_campaign(), 1).model_copy(update={"timestamp": None})
    with pytest.raises(StoreUnavailable):
        await postgres.append([far])
    await postgres.append([reveal(campaign, 1)])
