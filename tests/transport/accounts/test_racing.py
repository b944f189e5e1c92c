"""Changes of one campaign at the same moment: each sees what the one before it left, and none waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress

import psycopg
import pytest

from domain.refusals import Refused
from tests.transport.accounts.people import Circle, a_circle, somebody
from transport.accounts import OPERATOR, Actor, Directory
from transport.accounts.refusals import NotADm, NothingHere, SignInEnded
from transport.accounts.tokens import hash_token
from transport.database import connection_pool

ROUNDS = 40


@pytest.fixture
async def crowded(database: str) -> AsyncIterator[Circle]:
    """So many connections that nobody waits for one."""
    async with connection_pool(database, size=20) as pool:
        yield await a_circle(Directory(pool))


async def by_sign_in_link(circle: Circle, person: Actor) -> Actor:
    """The same person, signed in by a link that ends with the membership."""
    link = await circle.directory.create_invite(circle.campaign, "dm", by=OPERATOR, person=person.user_id)
    token = (await circle.directory.redeem(link.token, None, None)).token
    assert token is not None
    return Actor(person.user_id, hash_token(token))


async def outcome(change: Awaitable[object]) -> type[Refused] | None:
    """Of one of the racers; whatever is no refusal is a failure."""
    try:
        await change
    except Refused as refused:
        return type(refused)
    return None


@pytest.mark.parametrize(
    ("way", "signed_in_by", "refusal"),
    [
        ("remove", "invite", NothingHere),
        ("remove", "sign-in link", NothingHere),
        ("demote", "invite", NotADm),
        ("demote", "sign-in link", NotADm),
    ],
)
async def test_of_two_dms_who_turn_on_each_other_one_stays(
    crowded: Circle, way: str, signed_in_by: str, refusal: type[Refused]
) -> None:
    """The other is told what that one is now: a player, or a stranger."""

    async def turn_on(by: Actor, other: Actor) -> None:
        if way == "remove":
            await crowded.directory.remove_members(crowded.campaign, [other.user_id], by=by)
        else:
            await crowded.directory.change_role(crowded.campaign, other.user_id, "player", by=by)

    async def come_in(person: Actor) -> Actor:
        return await by_sign_in_link(crowded, person) if signed_in_by == "sign-in link" else person

    one = await come_in(crowded.dee)
    for number in range(ROUNDS):
        other = await come_in((await crowded.join(f"Eve {number}", "dm")).actor)
        outcomes = await asyncio.gather(outcome(turn_on(one, other)), outcome(turn_on(other, one)))
        assert set(outcomes) == {None, refusal}
        one = one if outcomes[0] is None else other
        assert list((await crowded.roles()).values()).count("dm") == 1


async def test_an_invite_made_while_its_maker_is_removed_is_revoked_or_refused(crowded: Circle) -> None:
    """However the two meet, nothing that the removed one made is open afterwards."""
    made: set[type[Refused] | None] = set()
    for number in range(ROUNDS):
        eve = await crowded.join(f"Eve {number}", "dm")
        invited, removed = await asyncio.gather(
            outcome(crowded.directory.create_invite(crowded.campaign, "dm", by=eve.actor)),
            outcome(crowded.directory.remove_members(crowded.campaign, [eve.user_id], by=crowded.dee)),
        )
        assert removed is None
        made.add(invited)
        invites = await crowded.directory.invites(crowded.campaign)
        assert [one for one in invites if one.created_by == eve.user_id and one.state == "open"] == []
    assert made <= {None, NothingHere}


async def test_a_dm_may_sign_out_while_another_tab_makes_a_change(crowded: Circle) -> None:
    """Both with the same cookie: the change is made before, or it is refused, and nobody waits in vain."""
    directory = crowded.directory
    for number in range(ROUNDS):
        dm = await somebody(directory, f"D{number}")
        campaign = await directory.create_campaign("Own", dm.user_id, by=dm)
        outcomes = await asyncio.gather(
            outcome(directory.create_invite(campaign, "player", by=dm)),
            outcome(directory.sign_out(dm.token_hash)),
            outcome(directory.change_role(campaign, dm.user_id, "dm", by=dm)),
        )
        assert outcomes[1] is None
        assert set(outcomes) <= {None, SignInEnded}


async def test_a_dm_may_sign_in_while_another_tab_makes_a_change(crowded: Circle) -> None:
    """By a link of their own, however many sign-ins there are already."""
    directory, campaign = crowded.directory, crowded.campaign
    link = await directory.create_invite(campaign, "dm", by=OPERATOR, person=crowded.dee.user_id)
    eve = await crowded.join("Eve")
    for _ in range(ROUNDS):
        outcomes = await asyncio.gather(
            outcome(directory.redeem(link.token, None, None)),
            outcome(directory.change_role(campaign, eve.user_id, "dm", by=crowded.dee)),
            outcome(directory.redeem(link.token, crowded.dee, None)),
            outcome(directory.change_role(campaign, eve.user_id, "player", by=crowded.dee)),
        )
        # Of too many sign-ins the oldest ends, which may be the one that made the changes.
        assert set(outcomes) <= {None, SignInEnded}


async def test_everything_at_once_comes_to_an_end(crowded: Circle, database: str) -> None:
    """Several DMs who make, revoke, promote, demote and remove, players who come, people who are forgotten."""
    directory, campaign = crowded.directory, crowded.campaign
    dms = [await by_sign_in_link(crowded, (await crowded.join(f"D{number}", "dm")).actor) for number in range(3)]
    way_in = await directory.create_invite(campaign, "player", by=OPERATOR, uses=1_000)

    async def lead(by: Actor, number: int) -> None:
        for turn in range(8):
            with suppress(Refused):
                invite = await directory.create_invite(campaign, "player", by=by)
                newcomer = await directory.redeem(invite.token, None, f"P{number} {turn}")
                await directory.change_role(campaign, newcomer.user_id, "dm", by=by)
                await directory.revoke_invite(campaign, invite.invite_id, by=by)
                await directory.create_campaign(f"C{number} {turn}", by.user_id, by=by)
                other = dms[(number + turn) % len(dms)]
                await directory.change_role(campaign, other.user_id, "player", by=by)
                await directory.change_role(campaign, other.user_id, "dm", by=crowded.dee)
                await directory.remove_members(campaign, [newcomer.user_id], by=by, revoke_invites=True)

    async def come(number: int) -> None:
        for turn in range(8):
            came = await directory.redeem(way_in.token, None, f"Q{number} {turn}")
            assert came.token is not None
            who = Actor(came.user_id, hash_token(came.token))
            await asyncio.gather(
                outcome(directory.create_campaign("Own", who.user_id, by=who)),
                outcome(directory.redeem(way_in.token, who, None)),
                outcome(directory.remove_members(campaign, [who.user_id], by=crowded.dee)),
                outcome(directory.sign_out(who.token_hash)),
                outcome(directory.forget(who.user_id)),
            )

    leading = [lead(dm, number) for number, dm in enumerate(dms)]
    await asyncio.gather(*leading, *(come(number) for number in range(3)))
    assert (await crowded.roles())["Dee"] == "dm"
    with psycopg.connect(database) as connection:
        query = "select deadlocks from pg_stat_database where datname = current_database()"
        assert connection.execute(query).fetchone() == (0,)
