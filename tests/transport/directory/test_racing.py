"""Changes of one campaign at the same moment: each sees what the one before it left, and none waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress

import psycopg
import pytest

from domain.refusals import Refused
from tests.transport.directory.people import Circle, Joined, a_circle
from transport.directory import OPERATOR, Actor, Directory, connection_pool
from transport.directory.refusals import NotADm, NothingHere
from transport.tokens import hash_token

ROUNDS = 40


@pytest.fixture
async def crowded(database: str) -> AsyncIterator[Circle]:
    """So many connections that nobody waits for one."""
    async with connection_pool(database, size=20) as pool:
        yield await a_circle(Directory(pool))


async def by_sign_in_link(circle: Circle, joined: Joined | Actor) -> Actor:
    """The same person, signed in by a link that ends with the membership: then the removal ends what another holds."""
    link = await circle.directory.create_invite(circle.campaign, "dm", by=OPERATOR, person=joined.user_id)
    token = (await circle.directory.redeem(link.token, None, None)).token
    assert token is not None
    return Actor(joined.user_id, hash_token(token))


async def outcome(change: Awaitable[object]) -> type[Refused] | None:
    """Of one of the racers; whatever is no refusal is a failure."""
    try:
        await change
    except Refused as refused:
        return type(refused)
    return None


@pytest.mark.parametrize("way", ["remove", "demote"])
async def test_of_two_dms_who_turn_on_each_other_one_stays(crowded: Circle, way: str) -> None:
    """The other is told that there is nothing here, or that a player may not: round after round."""

    async def turn_on(by: Actor, other: Actor) -> object:
        if way == "remove":
            return await crowded.directory.remove_members(crowded.campaign, [other.user_id], by=by)
        return await crowded.directory.change_role(crowded.campaign, other.user_id, "player", by=by)

    one = await by_sign_in_link(crowded, crowded.dee)
    for number in range(ROUNDS):
        other = await by_sign_in_link(crowded, await crowded.join(f"Eve {number}", "dm"))
        outcomes = await asyncio.gather(outcome(turn_on(one, other)), outcome(turn_on(other, one)))
        assert set(outcomes) == {None, NothingHere if way == "remove" else NotADm}
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


async def test_everything_at_once_comes_to_an_end(crowded: Circle, database: str) -> None:
    """Several DMs who make, revoke, promote, demote and remove, players who come, people who are forgotten."""
    directory, campaign = crowded.directory, crowded.campaign
    dms = [await by_sign_in_link(crowded, await crowded.join(f"D{number}", "dm")) for number in range(3)]
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
                outcome(directory.forget(who.user_id)),
            )

    leading = [lead(dm, number) for number, dm in enumerate(dms)]
    await asyncio.gather(*leading, *(come(number) for number in range(3)))
    assert (await crowded.roles())["Dee"] == "dm"
    with psycopg.connect(database) as connection:
        query = "select deadlocks from pg_stat_database where datname = current_database()"
        assert connection.execute(query).fetchone() == (0,)
