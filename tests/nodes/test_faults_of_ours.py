"""A fault of ours in what a server does as long as it runs ends none of it for good."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import psycopg
import pytest

import transport.event_loop.supervision
from domain.ids import CampaignId, UserId
from domain.store import StoreUnavailable
from tests.end_to_end.peers import a_table
from tests.nodes.conftest import SplitMaker
from tests.nodes.test_notifications import is_told, reveal
from transport.analytics import warden
from transport.cluster.lease import Lease
from transport.cluster.membership import ClusterMembership
from transport.cluster.notifications import Notification, Notifications
from transport.cluster.reconcile import Upkeep
from transport.database import connection_pool
from transport.event_loop.supervision import keep_running
from transport.rooms.registry import Rooms
from transport.server.server import running
from transport.settings import Settings


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport.event_loop.supervision, "PAUSE_SECONDS", 0.01)


def failing_once(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, failure: Exception) -> list[object]:
    """The first call fails; gives what the later ones were called with."""
    original, calls = getattr(owner, name), list[object]()

    def call(*arguments: Any, **more: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 1:
            raise failure
        return original(*arguments, **more)

    monkeypatch.setattr(owner, name, call)
    return calls


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)


@pytest.mark.usefixtures("no_looking")
async def test_a_server_hears_the_others_again(split: SplitMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever broke the hearing, or what was heard."""
    listening = Notifications.__aiter__

    async def broken_once(self: Notifications) -> AsyncIterator[Notification]:
        if self not in begun:
            begun.append(self)
            raise RuntimeError("a fault of ours")
        async for notification in listening(self):
            yield notification

    begun: list[Notifications] = []
    monkeypatch.setattr(Notifications, "__aiter__", broken_once)
    at = await split("Ada")
    socket = await at.join_there(at.table.players["Ada"])
    await reveal(at, "1,1")
    await is_told(socket, "1,1")
    assert len(begun) == 2
    calls = failing_once(monkeypatch, Upkeep, "_catch_up", RuntimeError("a fault of ours"))
    await reveal(at, "2,2")
    await until(lambda: bool(calls))
    await reveal(at, "3,3")
    await is_told(socket, "3,3")


@pytest.mark.usefixtures("quick_looking", "deaf")
async def test_a_server_looks_after_its_rooms_again(split: SplitMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that fails is tried again the next time."""
    calls = failing_once(monkeypatch, Rooms, "let_idle_rooms_go", RuntimeError("a fault of ours"))
    at = await split("Ada")
    socket = await at.join_there(at.table.players["Ada"])
    await until(lambda: len(calls) > 1)
    await reveal(at, "1,1")
    await is_told(socket, "1,1")


async def test_a_server_keeps_its_lease(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """When it fails to bury the dead it lives on itself; and it is asked again."""
    async with running(Settings(port=0, lease_seconds=1), database) as url:
        calls = failing_once(monkeypatch, ClusterMembership, "expire_leases", RuntimeError("a fault of ours"))
        await until(lambda: len(calls) > 1)
        calls = failing_once(monkeypatch, ClusterMembership, "stay_alive", RuntimeError("a fault of ours"))
        await until(lambda: len(calls) > 1)
        async with a_table(url, database, ()) as table:
            assert table.sockets["dm"].seen


@pytest.mark.parametrize("failure", [RuntimeError("a fault of ours"), StoreUnavailable()])
async def test_where_people_are_gets_written(
    database: str, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    """Nobody gets lost when the writing fails."""
    campaign, person = CampaignId(uuid4()), UserId(str(uuid4()))
    with psycopg.connect(database) as sql:
        sql.execute("insert into campaign (campaign_id, name) values (%s, 'Fog')", [campaign])
        sql.execute("insert into person (person_id, name) values (%s, 'Ada')", [person])
    membership = ClusterMembership(database, Lease(60))
    await membership.stay_alive()
    seen: list[CampaignId] = []
    membership.tell(lambda found, _people: seen.append(found))
    calls = failing_once(monkeypatch, membership, "_ask", failure)
    membership.came(campaign, person)
    membership.look(campaign)
    task = asyncio.create_task(keep_running("membership", membership.run))
    await until(lambda: seen == [campaign])
    assert len(calls) > 1
    with psycopg.connect(database) as sql:
        assert sql.execute("select person_id::text from presence").fetchall() == [(person,)]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await membership.retire()


async def test_analysts_are_looked_after_again(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that is none of the database's ends nothing."""
    calls = failing_once(monkeypatch, warden, "end_lingering", OSError("a fault of ours"))
    async with connection_pool(database) as pool, warden.warding(pool, 60):
        await until(lambda: len(calls) > 1)
