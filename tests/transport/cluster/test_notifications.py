"""What is heard over the connection that listens."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import psycopg
import pytest

from domain.ids import CampaignId
from tests.access import access_of
from transport.cluster import notifications as module
from transport.cluster.notifications import LogGrew, MembersChanged, Missed, Notification, Notifications, SignedOut


async def test_what_others_say_is_heard_and_what_we_say_ourselves_is_not(database: str) -> None:
    """Each notification is read as what it is; those of our own appends wake nobody."""
    access = access_of(database)
    one, other, own_node = CampaignId(uuid4()), CampaignId(uuid4()), uuid4()
    async with (
        await psycopg.AsyncConnection.connect(database, autocommit=True) as ours,
        await psycopg.AsyncConnection.connect(database, autocommit=True) as theirs,
    ):
        notifications = aiter(Notifications(database, lambda: ours.info.backend_pid, own_node))
        assert await anext(notifications) == Missed()
        for said in (f"{one},{other}", "", str(one)):
            await ours.execute("select pg_notify(%s, %s)", (access.channel("events"), said))
        await theirs.execute("select pg_notify(%s, %s)", (access.channel("events"), f"{one},{other}"))
        await theirs.execute("select pg_notify(%s, '')", (access.channel("events"),))
        await ours.execute("select pg_notify(%s, %s)", (access.channel("members"), f"{one},7"))
        await theirs.execute("select pg_notify(%s, %s)", (access.channel("sign_outs"), b"\x01\xff".hex()))
        await theirs.execute("select pg_notify(%s, 'nobody')", (access.channel("members"),))
        async with asyncio.timeout(10):
            heard = [await anext(notifications) for _ in range(5)]
        assert heard == [
            LogGrew((one, other)),
            LogGrew(None),
            MembersChanged(one, 7),
            SignedOut(b"\x01\xff"),
            Missed(),
        ]
        await notifications.aclose()  # type: ignore[attr-defined]  # an async generator has it


async def heard_after(database: str, said: str) -> list[Notification]:
    """What is heard of these statements, up to the change of members that is said last."""
    last, access = CampaignId(uuid4()), access_of(database)
    notifications = aiter(Notifications(database, lambda: 0, uuid4()))
    assert await anext(notifications) == Missed()
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as other:
        await other.execute(said.replace("KEY", access.channel_key).encode())
        await other.execute("select pg_notify(%s, %s)", (access.channel("members"), f"{last},1"))
    heard: list[Notification] = []
    async with asyncio.timeout(20):
        while MembersChanged(last, 1) not in heard:
            heard.append(await anext(notifications))
    await notifications.aclose()  # type: ignore[attr-defined]  # an async generator has it
    return heard[:-1]


async def test_nonsense_counts_once_in_a_while(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much of it is said: to look at everything costs each room something."""
    monkeypatch.setattr(module, "NONSENSE_SECONDS", 3600)
    assert await heard_after(database, "select pg_notify('KEY_members', g::text) from generate_series(1, 5000) g") == []


async def test_more_than_anybody_can_act_on_is_one_hint(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits does not grow without end."""
    monkeypatch.setattr(module, "MOST_WAITING", 100)
    flood = "select pg_notify('KEY_events', gen_random_uuid()::text) from generate_series(1, 5000)"
    heard = await heard_after(database, flood)
    assert Missed() in heard
    assert len(heard) < 5000


async def test_nobody_else_knows_the_channels(database: str) -> None:
    """What an analyst says on those of before is heard by analysts alone."""
    access = access_of(database)
    old = ("fogbound_events", "fogbound_members", "fogbound_sign_outs", "fogbound_presence")
    with psycopg.connect(database, autocommit=True) as eve:
        eve.execute(f"set role {access.analyst_role}")
        for channel in old:
            eve.execute(f"listen {channel}")
        said = "; ".join(f"notify {channel}, '{uuid4()},1'" for channel in old)
        assert await heard_after(database, said) == []
        assert [one for one in eve.notifies(timeout=0.2) if one.pid != eve.info.backend_pid] != []  # said by `said`
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            eve.execute("select * from public.database_access")


@pytest.mark.parametrize("is_older", [True, False])
async def test_older_servers_are_told_that_something_happened(database: str, *, is_older: bool) -> None:
    """And nothing else, and only while there is one."""
    with psycopg.connect(database, autocommit=True) as sql:
        sql.execute(
            "insert into node (node_id, lease_until, hears_by_key)"
            " values (gen_random_uuid(), now() + interval '1 h', %s)",
            (not is_older,),
        )
        for channel in ("fogbound_members", "fogbound_sign_outs"):
            sql.execute(f"listen {channel}")
        sql.execute("insert into campaign (campaign_id, name) values (gen_random_uuid(), 'Fog')")
        sql.execute("insert into person (person_id, name) values (gen_random_uuid(), 'Ada')")
        sql.execute("insert into member select campaign_id, person_id, 'player' from campaign, person")
        sql.execute("insert into sign_in select sha256('x'), person_id from person")
        sql.execute("update sign_in set revoked_at = now()")
        heard = [(one.channel, one.payload) for one in sql.notifies(timeout=0.2)]
    assert heard == ([("fogbound_members", "?"), ("fogbound_sign_outs", "?")] if is_older else [])
