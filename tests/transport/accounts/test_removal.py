"""Who is removed, made a player or forgotten leaves no way in behind."""

from __future__ import annotations

import psycopg
import pytest

from projections.people import Role
from tests.transport.accounts.people import Circle, somebody
from tests.transport.http.test_every_route import everything_in
from transport.accounts import OPERATOR, Actor
from transport.accounts.refusals import InviteRevoked, LastDm, NoSuchMember, SignInEnded
from transport.accounts.tokens import hash_token


async def test_with_a_removed_dm_go_the_invites_they_made(circle: Circle) -> None:
    """All that were open, and only in this campaign; those of others stay."""
    eve = await circle.join("Eve", "dm")
    other = await circle.directory.create_campaign("Moor", eve.user_id, by=eve.actor)
    elsewhere = await circle.directory.create_invite(other, "player", by=eve.actor)
    hers = [await circle.directory.create_invite(circle.campaign, role, by=eve.actor) for role in ("dm", "player")]
    dees = await circle.directory.create_invite(circle.campaign, "player", by=circle.dee)
    await circle.directory.remove_members(circle.campaign, [eve.user_id], by=circle.dee)
    for invite in hers:
        with pytest.raises(InviteRevoked):
            await circle.directory.redeem(invite.token, eve.actor, None)
    assert (await circle.directory.redeem(dees.token, None, "Ada")).changed
    assert (await circle.directory.redeem(elsewhere.token, None, "Bo")).changed


async def test_with_a_demoted_dm_go_the_invites_they_made(circle: Circle) -> None:
    """Each of them; the link that signs this person in stays, since it gives no role."""
    eve = await circle.join("Eve", "dm")
    hers = await circle.directory.create_invite(circle.campaign, "dm", by=eve.actor)
    sign_in = await circle.directory.create_invite(
        circle.campaign, "dm", by=OPERATOR, created_by=eve.user_id, person=eve.user_id
    )
    await circle.directory.change_role(circle.campaign, eve.user_id, "player", by=circle.dee)
    with pytest.raises(InviteRevoked):
        await circle.directory.redeem(hers.token, eve.actor, None)
    assert (await circle.directory.redeem(sign_in.token, None, None)).role == "player"


async def test_who_was_made_a_player_is_no_dm_again_by_the_same_link(circle: Circle) -> None:
    """The invite that gave the role ends with it; that of a player, which gives nothing back, stays."""
    ways: tuple[tuple[Role, bool], ...] = (("dm", True), ("player", False))
    for first, ends in ways:
        eve = await circle.join(f"Eve, {first}", first)
        await circle.directory.change_role(circle.campaign, eve.user_id, "dm", by=circle.dee)
        await circle.directory.change_role(circle.campaign, eve.user_id, "player", by=circle.dee)
        assert await circle.state_of(eve.invite) == ("revoked" if ends else "open")
    ada = await circle.join("Ada")
    higher = await circle.directory.create_invite(circle.campaign, "dm", by=circle.dee)
    await circle.directory.redeem(higher.token, ada.actor, None)
    await circle.directory.change_role(circle.campaign, ada.user_id, "player", by=circle.dee)
    with pytest.raises(InviteRevoked):
        await circle.directory.redeem(higher.token, ada.actor, None)
    assert (await circle.roles())["Ada"] == "player"


async def test_with_a_forgotten_dm_go_the_invites_they_made(circle: Circle) -> None:
    """Afterwards it would not be known any more who made them."""
    eve = await circle.join("Eve", "dm")
    hers = await circle.directory.create_invite(circle.campaign, "dm", by=eve.actor)
    await circle.directory.forget(eve.user_id)
    for token in (hers.token, eve.token):
        with pytest.raises(InviteRevoked):
            await circle.directory.redeem(token, None, "Eve again")


async def test_with_a_member_go_their_sign_in_links_and_no_sign_in(circle: Circle) -> None:
    """Nobody comes by the link any more. The person stays signed in: there are other campaigns, and no password."""
    eve = await circle.join("Eve", "dm")
    link = await circle.directory.create_invite(circle.campaign, "dm", by=OPERATOR, person=eve.user_id)
    by_link = await circle.directory.redeem(link.token, None, None)
    assert by_link.token is not None
    await circle.directory.remove_members(circle.campaign, [eve.user_id], by=circle.dee)
    for token_hash in (hash_token(by_link.token), eve.actor.token_hash):
        assert await circle.directory.person_of(token_hash) is not None
    with pytest.raises(InviteRevoked):
        await circle.directory.redeem(link.token, None, None)


async def test_only_its_owner_and_an_operator_end_what_a_sign_in_link_let_in(circle: Circle) -> None:
    """A co-DM closes the link. Dee goes on everywhere else, and can end what came of it, revoked as it is."""
    eve = await circle.join("Eve", "dm")
    for ending in (circle.dee, OPERATOR):
        link = await circle.directory.create_invite(circle.campaign, "dm", by=OPERATOR, person=circle.dee.user_id)
        token = (await circle.directory.redeem(link.token, None, None)).token
        assert token is not None
        assert await circle.directory.revoke_invite(circle.campaign, link.invite_id, by=eve.actor) == []
        with pytest.raises(InviteRevoked):
            await circle.directory.redeem(link.token, None, None)
        assert await circle.directory.person_of(hash_token(token)) is not None
        ended = await circle.directory.revoke_invite(circle.campaign, link.invite_id, by=ending)
        assert ended == [hash_token(token)]
        assert await circle.directory.person_of(hash_token(token)) is None
        assert await circle.directory.person_of(circle.dee.token_hash) is not None


async def test_a_dm_may_close_the_link_by_which_they_are_signed_in(circle: Circle) -> None:
    """What the change is made with may be what it ends."""
    link = await circle.directory.create_invite(circle.campaign, "dm", by=OPERATOR, person=circle.dee.user_id)
    token = (await circle.directory.redeem(link.token, None, None)).token
    assert token is not None
    dee = Actor(circle.dee.user_id, hash_token(token))
    assert await circle.directory.revoke_invite(circle.campaign, link.invite_id, by=dee) == [dee.token_hash]
    with pytest.raises(SignInEnded):
        await circle.directory.revoke_invite(circle.campaign, link.invite_id, by=dee)


async def test_the_link_that_let_somebody_in_is_known_and_can_be_revoked(circle: Circle) -> None:
    """Without it the one who was removed walks in again; with it nobody does."""
    ada, bo = await circle.join("Ada"), await circle.join("Bo")
    ways_in = await circle.directory.ways_in(circle.campaign)
    known = {one.person: (one.newest, one.used) for one in ways_in.values() if one.newest}
    assert known == {one.user_id: (one.invite, [one.invite]) for one in (ada, bo)}
    await circle.directory.remove_members(circle.campaign, [ada.user_id], by=circle.dee)
    assert (await circle.directory.redeem(ada.token, ada.actor, None)).changed
    await circle.directory.remove_members(circle.campaign, [ada.user_id], by=circle.dee, revoke_invites=True)
    with pytest.raises(InviteRevoked):
        await circle.directory.redeem(ada.token, ada.actor, None)
    assert await circle.state_of(bo.invite) == "open"


@pytest.mark.parametrize("is_demoted", [False, True])
async def test_who_is_removed_for_good_comes_back_by_no_link_of_theirs(circle: Circle, is_demoted: bool) -> None:
    """Not by the one by which they first came, after another one raised them."""
    eve = await circle.join("Eve")
    higher = await circle.directory.create_invite(circle.campaign, "dm", by=circle.dee)
    await circle.directory.redeem(higher.token, eve.actor, None)
    if is_demoted:
        await circle.directory.change_role(circle.campaign, eve.user_id, "player", by=circle.dee)
    await circle.directory.remove_members(circle.campaign, [eve.user_id], by=circle.dee, revoke_invites=True)
    for token in (eve.token, higher.token):
        with pytest.raises(InviteRevoked):
            await circle.directory.redeem(token, eve.actor, None)


async def test_a_link_of_an_earlier_time_counts(circle: Circle) -> None:
    """Removed once without a word, and come back by another link; also a link that was only tried by a member."""
    eve = await circle.join("Eve")
    await circle.directory.remove_members(circle.campaign, [eve.user_id], by=circle.dee)
    others = [await circle.directory.create_invite(circle.campaign, "player", by=circle.dee) for _ in range(2)]
    for link in others:
        await circle.directory.redeem(link.token, eve.actor, None)
    await circle.directory.remove_members(circle.campaign, [eve.user_id], by=circle.dee, revoke_invites=True)
    for token in (eve.token, *(link.token for link in others)):
        with pytest.raises(InviteRevoked):
            await circle.directory.redeem(token, eve.actor, None)


async def test_a_removed_dm_is_no_dm_again_by_the_same_link(circle: Circle) -> None:
    """The invite that gave the role ends with it, as at a demotion; that for players stays unless the DM says so."""
    eve = await circle.join("Eve")
    higher = await circle.directory.create_invite(circle.campaign, "dm", by=circle.dee)
    tried = await circle.directory.create_invite(circle.campaign, "dm", by=circle.dee)
    for link in (higher, tried):
        await circle.directory.redeem(link.token, eve.actor, None)
    await circle.directory.remove_members(circle.campaign, [eve.user_id], by=circle.dee)
    for link in (higher, tried):
        with pytest.raises(InviteRevoked):
            await circle.directory.redeem(link.token, eve.actor, None)
    assert (await circle.directory.redeem(eve.token, eve.actor, None)).role == "player"


async def test_links_of_other_campaigns_and_of_other_people_stay(circle: Circle) -> None:
    """However well the removed person knows them."""
    eve, ada = await circle.join("Eve", "dm"), await circle.join("Ada")
    other = await circle.directory.create_campaign("Moor", circle.dee.user_id, by=circle.dee)
    elsewhere = await circle.directory.create_invite(other, "dm", by=circle.dee)
    await circle.directory.redeem(elsewhere.token, eve.actor, None)
    await circle.directory.remove_members(circle.campaign, [eve.user_id], by=circle.dee, revoke_invites=True)
    assert await circle.state_of(ada.invite) == "open"
    assert (await circle.directory.redeem(elsewhere.token, None, "Bo")).role == "dm"


async def test_of_who_was_promoted_the_newer_link_is_known(circle: Circle) -> None:
    """It is the one that gave the role; another one that gave nothing is one by which they could come back, no more."""
    ada = await circle.join("Ada")
    higher = await circle.directory.create_invite(circle.campaign, "dm", by=circle.dee)
    for _ in range(2):
        await circle.directory.redeem(higher.token, ada.actor, None)
    another = await circle.directory.create_invite(circle.campaign, "dm", by=circle.dee)
    await circle.directory.redeem(another.token, ada.actor, None)
    ways = (await circle.directory.ways_in(circle.campaign))[ada.user_id]
    assert ways.newest == higher.invite_id
    assert ways.used == [ada.invite, higher.invite_id, another.invite_id]


async def test_several_go_at_once_with_their_links(circle: Circle, database: str) -> None:
    """Counted twice or not; who stays is untouched, and so is the link of who stays."""
    gone = [await circle.join(f"P{number}") for number in range(5)]
    ada = await circle.join("Ada")
    users = [one.user_id for one in gone]
    await circle.directory.remove_members(circle.campaign, [*users, users[0]], by=circle.dee, revoke_invites=True)
    assert await circle.roles() == {"Dee": "dm", "Ada": "player"}
    states = {await circle.state_of(one.invite) for one in gone}
    assert (states, await circle.state_of(ada.invite)) == ({"revoked"}, "open")
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from member").fetchone() == (2,)


@pytest.mark.parametrize("whom", ["a stranger", "all DMs"])
async def test_of_several_all_go_or_none(circle: Circle, database: str, whom: str) -> None:
    """One who is no member, or the last DM, keeps the others in, and every link open."""
    ada, eve = await circle.join("Ada"), await circle.join("Eve", "dm")
    stranger = await somebody(circle.directory, "Stranger")
    too_many = [stranger.user_id] if whom == "a stranger" else [circle.dee.user_id, eve.user_id]
    before = everything_in(database)
    with pytest.raises(NoSuchMember if whom == "a stranger" else LastDm):
        await circle.directory.remove_members(
            circle.campaign, [ada.user_id, *too_many], by=circle.dee, revoke_invites=True
        )
    assert everything_in(database) == before
