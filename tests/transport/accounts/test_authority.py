"""Each change asks in its own transaction whether it may be made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest

from domain.ids import CampaignId, UserId
from domain.refusals import Refused
from tests.transport.accounts.people import Circle, somebody
from tests.transport.http.test_every_route import everything_in
from transport.accounts import Actor
from transport.accounts.refusals import NotADm, NothingHere, SignInEnded

Change = Callable[[Circle, Actor, UserId, UUID], Awaitable[object]]

CHANGES: dict[str, Change] = {
    "promote": lambda at, by, ada, _: at.directory.change_role(at.campaign, ada, "dm", by=by),
    "promote oneself": lambda at, by, _, __: at.directory.change_role(at.campaign, by.user_id, "dm", by=by),
    "demote": lambda at, by, _, __: at.directory.change_role(at.campaign, at.dee.user_id, "player", by=by),
    "remove": lambda at, by, ada, _: at.directory.remove_members(at.campaign, [ada], by=by),
    "invite": lambda at, by, _, __: at.directory.create_invite(at.campaign, "dm", by=by),
    "revoke": lambda at, by, _, invite: at.directory.revoke_invite(at.campaign, invite, by=by),
}
"""What only a DM may do, each of them given Ada, who is a player, and an open invite."""

pytestmark = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())


async def refusal_of(change: Change, circle: Circle, by: Actor, database: str) -> type[Refused]:
    """Nothing may have changed."""
    ada = await circle.join("Ada")
    before = everything_in(database)
    with pytest.raises(Refused) as refused:
        await change(circle, by, ada.user_id, ada.invite)
    assert everything_in(database) == before
    return refused.type


async def test_a_player_is_told_that_only_a_dm_may(circle: Circle, change: Change, database: str) -> None:
    eve = await circle.join("Eve")
    assert await refusal_of(change, circle, eve.actor, database) is NotADm


async def test_a_demoted_dm_is_a_player(circle: Circle, change: Change, database: str) -> None:
    eve = await circle.join("Eve", "dm")
    await circle.directory.change_role(circle.campaign, eve.user_id, "player", by=circle.dee)
    assert await refusal_of(change, circle, eve.actor, database) is NotADm


async def test_to_a_stranger_there_is_nothing(circle: Circle, change: Change, database: str) -> None:
    eve = await somebody(circle.directory, "Eve")
    assert await refusal_of(change, circle, eve, database) is NothingHere


async def test_a_removed_dm_is_a_stranger(circle: Circle, change: Change, database: str) -> None:
    eve = await circle.join("Eve", "dm")
    await circle.directory.remove_members(circle.campaign, [eve.user_id], by=circle.dee)
    assert await refusal_of(change, circle, eve.actor, database) is NothingHere


async def test_an_ended_sign_in_changes_nothing(circle: Circle, change: Change, database: str) -> None:
    """Even a DM's; nor does that of somebody else, or none at all."""
    eve, bo = await circle.join("Eve", "dm"), await circle.join("Bo", "dm")
    await circle.directory.sign_out(eve.actor.token_hash)
    for proof in (eve.actor.token_hash, bo.actor.token_hash, b"nothing"):
        assert await refusal_of(change, circle, Actor(eve.user_id, proof), database) is SignInEnded


async def test_a_dm_may(circle: Circle, change: Change) -> None:
    ada, eve = await circle.join("Ada"), await circle.join("Eve", "dm")
    await change(circle, eve.actor, ada.user_id, ada.invite)


async def test_a_dm_of_another_campaign_is_a_stranger(circle: Circle, change: Change, database: str) -> None:
    eve = await somebody(circle.directory, "Eve")
    await circle.directory.create_campaign("Moor", eve.user_id, by=eve)
    assert await refusal_of(change, circle, eve, database) is NothingHere


async def test_an_unknown_campaign_is_as_one_of_others(circle: Circle, change: Change, database: str) -> None:
    circle.campaign = CampaignId(uuid4())
    before = everything_in(database)
    with pytest.raises(NothingHere):
        await change(circle, circle.dee, circle.dee.user_id, uuid4())
    assert everything_in(database) == before
