"""How many members and links a campaign may have, whoever asks at whichever server."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from domain.refusals import Refused
from tests.transport.accounts.people import Circle, a_circle, somebody
from transport.accounts import OPERATOR, Bounds, Directory, invites
from transport.accounts.refusals import CampaignFull, InviteUsedUp, NoSuchInvite, TooManyByLink, TooManyInvites
from transport.database import connection_pool

Bounded = Callable[..., Awaitable[Circle]]
Outcome = type[Refused] | None


@pytest.fixture
async def bounded(database: str) -> AsyncIterator[Bounded]:
    """Makes a campaign whose directory keeps these bounds."""
    async with AsyncExitStack() as stack:

        async def make(**bounds: int) -> Circle:
            pool = await stack.enter_async_context(connection_pool(database))
            return await a_circle(Directory(pool, Bounds()._replace(**bounds)))

        yield make


async def come(circle: Circle, token: str, number: int) -> Outcome:
    """Somebody new, by name; the refusal if there is one."""
    try:
        await circle.directory.redeem(token, None, f"P{number}")
    except Refused as refused:
        return type(refused)
    return None


async def all_of(coming: Iterable[Awaitable[Outcome]]) -> Counter[Outcome]:
    """As many at once as there are connections: more would only wait for one."""
    place = asyncio.Semaphore(4)

    async def one(somebody_comes: Awaitable[Outcome]) -> Outcome:
        async with place:
            return await somebody_comes

    return Counter(await asyncio.gather(*map(one, coming)))


async def old_link(circle: Circle, database: str) -> str:
    """One of before there were bounds: for any number of people, for ever."""
    made = await circle.directory.create_invite(circle.campaign, "player", by=circle.dee)
    with psycopg.connect(database) as connection:
        connection.execute("update invite set uses_left = null, expires_at = null")
    return made.token


async def test_the_holder_of_a_link_ruins_no_table(bounded: Bounded, database: str) -> None:
    """Whoever has a link without end, and makes up names as fast as they can, fills the campaign and no more."""
    circle = await bounded(members=20, redeems_per_minute=0)
    link = await old_link(circle, database)
    outcomes = await all_of(come(circle, link, number) for number in range(60))
    assert outcomes == {None: 19, CampaignFull: 41}
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from member").fetchone() == (20,)
        assert connection.execute("select count(*) from person").fetchone() == (20,)


async def test_two_servers_count_the_same_members(database: str) -> None:
    """The bound holds for the campaign, not for a server."""
    async with connection_pool(database) as one, connection_pool(database) as other:
        bounds = Bounds()._replace(members=10, redeems_per_minute=0)
        circle = await a_circle(Directory(one, bounds))
        there = Circle(Directory(other, bounds), circle.campaign, circle.dee)
        link = await circle.directory.create_invite(circle.campaign, "player", by=circle.dee)
        coming = (come((circle, there)[number % 2], link.token, number) for number in range(24))
        assert await all_of(coming) == {None: 9, CampaignFull: 15}


async def test_whoever_is_a_member_may_come_again_and_be_promoted(bounded: Bounded) -> None:
    """A full campaign refuses new people only, and has a place again when somebody goes."""
    circle = await bounded(members=2)
    ada = await circle.join("Ada")
    higher = await circle.directory.create_invite(circle.campaign, "dm", by=circle.dee)
    assert await come(circle, ada.token, 1) is CampaignFull
    assert not (await circle.directory.redeem(ada.token, ada.actor, None)).changed
    assert (await circle.directory.redeem(higher.token, ada.actor, None)).role == "dm"
    await circle.directory.remove_members(circle.campaign, [ada.user_id], by=circle.dee)
    assert await come(circle, ada.token, 2) is None


async def test_a_link_lets_so_many_in_within_a_minute(bounded: Bounded, database: str) -> None:
    """Then it makes them wait, at every server, and other links do not; members cost nothing."""
    circle = await bounded(redeems_per_minute=3)
    link = await circle.directory.create_invite(circle.campaign, "player", by=circle.dee)
    other = await circle.directory.create_invite(circle.campaign, "player", by=circle.dee)
    ada = await circle.join("Ada")
    for _ in range(10):
        await circle.directory.redeem(link.token, ada.actor, None)
    outcomes = [await come(circle, link.token, number) for number in range(5)]
    assert outcomes == [None] * 3 + [TooManyByLink] * 2
    with pytest.raises(TooManyByLink) as refused:
        await circle.directory.redeem(link.token, await somebody(circle.directory, "Bo"), None)
    assert 0 < refused.value.seconds <= 60
    assert await come(circle, other.token, 6) is None
    with psycopg.connect(database) as connection:
        connection.execute("update invite set busy_until = busy_until - interval '20 seconds'")
    assert await come(circle, link.token, 7) is None


async def test_without_a_pace_nobody_waits(bounded: Bounded) -> None:
    """0: no limit."""
    circle = await bounded(redeems_per_minute=0, members=100, invite_uses=100)
    link = await circle.directory.create_invite(circle.campaign, "player", by=circle.dee)
    assert {await come(circle, link.token, number) for number in range(70)} == {None}


async def test_a_link_is_good_for_as_many_and_as_long_as_the_settings_say(bounded: Bounded) -> None:
    """Unless its maker says so; who signs in by a link of their own is not counted."""
    circle = await bounded(invite_uses=2, invite_hours=5)
    link = await circle.directory.create_invite(circle.campaign, "player", by=circle.dee)
    assert [await come(circle, link.token, number) for number in range(3)] == [None, None, InviteUsedUp]
    await circle.directory.create_invite(circle.campaign, "player", by=circle.dee, uses=9, expires_in_hours=1)
    newest, oldest = await circle.directory.invites(circle.campaign)
    assert (newest.uses_left, oldest.uses_left) == (9, 0)
    assert newest.expires_at is not None
    assert oldest.expires_at is not None
    assert newest.expires_at - newest.created_at == timedelta(hours=1)
    assert oldest.expires_at - oldest.created_at == timedelta(hours=5)
    own = await circle.directory.create_invite(circle.campaign, "dm", by=OPERATOR, person=circle.dee.user_id)
    for _ in range(4):
        assert (await circle.directory.redeem(own.token, None, None)).user_id == circle.dee.user_id


async def test_an_old_link_without_an_end_still_lets_people_in(circle: Circle, database: str) -> None:
    """Nobody took back what was promised."""
    link = await old_link(circle, database)
    assert [await come(circle, link, number) for number in range(55)] == [None] * 55
    [listed] = await circle.directory.invites(circle.campaign)
    assert (listed.uses_left, listed.expires_at, listed.state) == (None, None, "open")


async def test_a_campaign_has_so_many_open_invites(bounded: Bounded) -> None:
    """DMs who ask at once share them; a revoked one makes room, and an operator needs none."""
    circle = await bounded(invites=5)

    async def make() -> Outcome:
        try:
            await circle.directory.create_invite(circle.campaign, "player", by=circle.dee)
        except Refused as refused:
            return type(refused)
        return None

    assert await all_of(make() for _ in range(12)) == {None: 5, TooManyInvites: 7}
    await circle.directory.create_invite(circle.campaign, "player", by=OPERATOR)
    await circle.directory.create_invite(circle.campaign, "dm", by=OPERATOR, person=circle.dee.user_id)
    made = [one for one in await circle.directory.invites(circle.campaign) if one.person is None]
    for invite in made[:2]:
        await circle.directory.revoke_invite(circle.campaign, invite.invite_id, by=circle.dee)
    assert await make() is None
    assert await make() is TooManyInvites


async def test_links_that_are_over_do_not_pile_up(circle: Circle, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of those that let nobody in any more the newest are listed, also of sign-in links; open ones always are."""
    monkeypatch.setattr(invites, "KEPT", 3)
    directory, campaign = circle.directory, circle.campaign
    first = await directory.create_invite(campaign, "player", by=circle.dee)
    own = await directory.create_invite(campaign, "dm", by=OPERATOR, person=circle.dee.user_id)
    await directory.revoke_invite(campaign, own.invite_id, by=circle.dee)
    over = []
    for _ in range(8):
        over.append(await directory.create_invite(campaign, "player", by=circle.dee))
        await directory.revoke_invite(campaign, over[-1].invite_id, by=circle.dee)
    last = await directory.create_invite(campaign, "dm", by=OPERATOR, person=circle.dee.user_id)
    listed = {one.invite_id for one in await directory.invites(campaign)}
    assert own.invite_id not in listed
    assert listed == {first.invite_id, last.invite_id, *(one.invite_id for one in over[-3:])}
    with pytest.raises(NoSuchInvite):
        await directory.redeem(over[0].token, None, "Ada")


async def test_a_campaign_without_bounds_of_before_is_left_alone(circle: Circle, database: str) -> None:
    """More members than there may be, as a restored archive brings them, stay; only nobody more comes."""
    people = [(str(uuid4()), f"P{number}") for number in range(250)]
    with psycopg.connect(database) as connection, connection.cursor() as cursor:
        cursor.executemany("insert into person (person_id, name) values (%s, %s)", people)
        cursor.executemany(
            "insert into member (campaign_id, person_id, role, joined_at) values (%s, %s, 'player', %s)",
            [(circle.campaign, person, datetime.now(UTC)) for person, _ in people],
        )
    link = await circle.directory.create_invite(circle.campaign, "player", by=circle.dee)
    assert await come(circle, link.token, 1) is CampaignFull
    assert len(await circle.roles()) == 251
