"""What campaigns and people leave behind who are gone: nothing, but for what the log needs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import psycopg
import pytest

from domain.ids import CampaignId, UserId
from tests.end_to_end.peers import PATIENCE
from tests.transport.accounts.people import Circle, somebody
from transport.accounts import OPERATOR, Bounds, Directory
from transport.accounts.refusals import NothingHere, TooManyCampaignsToday
from transport.database import connection_pool

EVENT = (
    "insert into event_log (campaign_id, version, event_id, type, schema_version, recorded_at, actor, data)"
    " values (%s, 1, gen_random_uuid(), 'session_started', 1, now(), %s, '{}')"
)


@pytest.fixture
async def frugal(database: str) -> AsyncIterator[Directory]:
    """Who makes three campaigns has made enough for a day."""
    async with connection_pool(database) as pool:
        yield Directory(pool, Bounds(campaigns=2, campaigns_per_day=3))


def rows(database: str, *tables: str) -> list[int]:
    """How many there are in each table."""
    with psycopg.connect(database) as connection:
        counts = ((table, connection.execute(f"select count(*) from {table}".encode())) for table in tables)
        return [row[0] for _, cursor in counts for row in cursor.fetchall()]


def record(database: str, campaign: CampaignId, actor: UserId) -> None:
    """An event, as somebody plays."""
    with psycopg.connect(database) as connection:
        connection.execute(EVENT, (campaign, actor))


async def test_a_campaign_that_was_never_played_leaves_nothing(circle: Circle, database: str) -> None:
    """However many invites and members it had."""
    await circle.join("Ada")
    for _ in range(3):
        await circle.directory.create_invite(circle.campaign, "player", by=circle.dee)
    assert not await circle.directory.close_campaign(circle.campaign, by=circle.dee)
    assert rows(database, "campaign", "invite", "member", "way_in") == [0, 0, 0, 0]
    with pytest.raises(NothingHere):
        await circle.directory.close_campaign(circle.campaign, by=OPERATOR)


@pytest.mark.parametrize("recorded", ["an event", "a refusal"])
async def test_of_one_that_was_played_the_row_stays(circle: Circle, database: str, recorded: str) -> None:
    """And nothing of who was in it or could come."""
    await circle.join("Ada")
    if recorded == "an event":
        record(database, circle.campaign, circle.dee.user_id)
    else:
        with psycopg.connect(database) as connection:
            refused = "insert into refused_command (campaign_id, command_id, code, message) values (%s, 'a', 'b', 'c')"
            connection.execute(refused, (circle.campaign,))
    assert await circle.directory.close_campaign(circle.campaign, by=circle.dee)
    assert rows(database, "campaign", "invite", "member", "way_in") == [1, 0, 0, 0]
    assert await circle.directory.closed_at(circle.campaign) is not None


async def test_an_event_that_is_on_its_way_counts(circle: Circle, database: str) -> None:
    """It was decided before the closing, and is committed while that waits for its turn."""
    waiting = "select count(*) from pg_locks where relation = 'public.log_turn'::regclass and not granted"
    with psycopg.connect(database) as playing, psycopg.connect(database, autocommit=True) as looking:
        playing.execute("select public.take_turn()")
        playing.execute(EVENT, (circle.campaign, circle.dee.user_id))
        closing = asyncio.create_task(circle.directory.close_campaign(circle.campaign, by=circle.dee))
        async with asyncio.timeout(PATIENCE):
            while looking.execute(waiting).fetchone() == (0,):  # noqa: ASYNC110 - it is the database that waits
                await asyncio.sleep(0.01)
        playing.commit()
        assert await closing
    assert await circle.directory.closed_at(circle.campaign) is not None


async def test_somebody_makes_so_many_campaigns_in_a_day(frugal: Directory, database: str) -> None:
    """Whether they are closed or handed on; an operator's and those that were refused do not count."""
    ada, bo = await somebody(frugal, "Ada"), await somebody(frugal, "Bo")
    await frugal.create_campaign("By the operator", ada.user_id, by=OPERATOR)
    closed = await frugal.create_campaign("Closed", ada.user_id, by=ada)
    await frugal.close_campaign(closed, by=ada)
    given = await frugal.create_campaign("Handed on", ada.user_id, by=ada)
    invite = await frugal.create_invite(given, "dm", by=ada)
    await frugal.redeem(invite.token, bo, None)
    await frugal.remove_members(given, [ada.user_id], by=bo)
    kept = await frugal.create_campaign("Kept", ada.user_id, by=ada)
    await frugal.close_campaign(kept, by=ada)
    for _ in range(2):
        with pytest.raises(TooManyCampaignsToday):
            await frugal.create_campaign("One more", ada.user_id, by=ada)
    await frugal.create_campaign("Of somebody else", bo.user_id, by=bo)
    with psycopg.connect(database) as connection:
        connection.execute("update campaigns_made set day = day - 1")
    await frugal.create_campaign("Tomorrow", ada.user_id, by=ada)
    assert await frugal.sweep_campaigns_made() == 0
    with psycopg.connect(database) as connection:
        connection.execute("update campaigns_made set day = day - 7")
    assert await frugal.sweep_campaigns_made() == 2


async def test_many_at_once_are_counted_one_by_one(database: str) -> None:
    """At all servers together."""
    async with connection_pool(database, size=8) as pool:
        directory = Directory(pool, Bounds(campaigns_per_day=4))
        ada = await somebody(directory, "Ada")
        making = (directory.create_campaign(f"C{number}", ada.user_id, by=ada) for number in range(12))
        made = await asyncio.gather(*making, return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in made) == 4
    assert {type(one) for one in made if isinstance(one, BaseException)} == {TooManyCampaignsToday}


def let_pass(database: str, days: int) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(f"update person set created_at = created_at - interval '{days} days'".encode())


async def test_people_of_whom_nothing_is_left_go_after_a_week(circle: Circle, database: str) -> None:
    """Who signed up, or came by a link and was removed, and is signed in nowhere; several servers may sweep at once."""
    directory = circle.directory
    stranger = await somebody(directory, "Stranger")
    ada, bo = await circle.join("Ada"), await circle.join("Bo")
    await directory.remove_members(circle.campaign, [ada.user_id], by=circle.dee)
    for gone in (stranger, ada.actor, bo.actor):
        await directory.sign_out(gone.token_hash)
    let_pass(database, 6)
    assert await directory.sweep_people() == 0
    let_pass(database, 2)
    fresh = await somebody(directory, "New")
    await directory.sign_out(fresh.token_hash)
    assert sum(await asyncio.gather(*(directory.sweep_people() for _ in range(3)))) == 2
    with psycopg.connect(database) as connection:
        left = connection.execute("select name from person order by name").fetchall()
    assert left == [("Bo",), ("Dee",), ("New",)]


@pytest.mark.parametrize("way", ["removed", "closed"])
async def test_whom_the_log_may_name_stays(circle: Circle, database: str, way: str) -> None:
    """Else the past of the campaign, as others look at it or archive it, would name nobody."""
    ada = await circle.join("Ada")
    record(database, circle.campaign, circle.dee.user_id)
    if way == "removed":
        await circle.directory.remove_members(circle.campaign, [ada.user_id], by=circle.dee)
    else:
        await circle.directory.close_campaign(circle.campaign, by=circle.dee)
    await circle.directory.sign_out(ada.actor.token_hash)
    let_pass(database, 30)
    assert await circle.directory.sweep_people() == 0
    assert await circle.directory.forget(ada.user_id) == []


async def test_whom_the_first_event_may_name_stays(circle: Circle, database: str) -> None:
    """It may be on its way while somebody is removed, as long as anybody is connected."""
    ada = await circle.join("Ada")
    node = uuid4()
    with psycopg.connect(database) as connection:
        connection.execute("insert into node (node_id, lease_until) values (%s, now() + interval '1 hour')", (node,))
        connection.execute("insert into presence values (%s, %s, %s)", (circle.campaign, circle.dee.user_id, node))
    await circle.directory.remove_members(circle.campaign, [ada.user_id], by=circle.dee)
    await circle.directory.sign_out(ada.actor.token_hash)
    let_pass(database, 30)
    assert await circle.directory.sweep_people() == 0
