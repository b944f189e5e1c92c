"""Who is in a campaign, as what, and no longer."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from uuid import UUID, uuid4

import pytest

from domain.ids import CampaignId, UserId
from tests.transport.http.site import Browser, Site
from transport.accounts import OPERATOR
from transport.accounts.refusals import LastDm


async def roles(browser: Browser, campaign: str) -> dict[str, str]:
    """The role of each member by name."""
    members = (await browser.call("GET", f"{campaign}/members")).content["members"]
    return {one["name"]: one["role"] for one in members}


async def test_members_are_listed_to_members(site: Site) -> None:
    """GET members names everybody in the order of joining; only a DM learns by which invite they came."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    bo = await site.member(ada, campaign, "Bo")
    site.tables.here = {UserId(bo.user_id)}
    dm = {"userId": ada.user_id, "name": "Ada", "role": "dm", "online": False}
    player = {"userId": bo.user_id, "name": "Bo", "role": "player", "online": True}
    assert (await bo.call("GET", f"{campaign}/members")).content == {"members": [dm, player]}
    (invite,) = (await ada.call("GET", f"{campaign}/invites")).content["invites"]
    way = {"inviteId": invite["inviteId"], "inviteIds": [invite["inviteId"]]}
    told = [{**dm, "inviteId": None, "inviteIds": []}, {**player, **way}]
    assert (await ada.call("GET", f"{campaign}/members")).content == {"members": told}


async def test_a_dm_changes_roles(site: Site) -> None:
    """PATCH makes a player a DM, who then may do what a DM may; the tables are told each time."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    bo = await site.member(ada, campaign, "Bo")
    site.tables.changed.clear()
    answer = await ada.call("PATCH", f"{campaign}/members/{bo.user_id}", {"role": "dm"})
    assert answer.status == 200
    assert answer.content == {"userId": bo.user_id, "name": "Bo", "role": "dm", "online": False}
    back = await bo.call("PATCH", f"{campaign}/members/{ada.user_id}", {"role": "player"})
    assert back.status == 200
    assert await roles(ada, campaign) == {"Ada": "player", "Bo": "dm"}
    assert [str(one) for one in site.tables.changed] == [campaign.rpartition("/")[2]] * 2


async def test_a_removed_member_is_a_stranger(site: Site) -> None:
    """DELETE takes a member out: the next call is answered as to a stranger, and the tables are told."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    bo = await site.member(ada, campaign, "Bo")
    site.tables.changed.clear()
    answer = await ada.call("DELETE", f"{campaign}/members/{bo.user_id}")
    assert (answer.status, answer.raw) == (204, b"")
    assert (await bo.call("GET", f"{campaign}/members")).status == 404
    assert (await bo.call("GET", "/api/me")).status == 200
    assert await roles(ada, campaign) == {"Ada": "dm"}
    assert len(site.tables.changed) == 1
    again = await ada.call("DELETE", f"{campaign}/members/{bo.user_id}")
    assert (again.status, again.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("query", "comes_back"), [("", True), ("?revokeInvite=false", True), ("?revokeInvite=true", False)]
)
async def test_with_a_member_can_go_the_link_they_came_by(site: Site, query: str, comes_back: bool) -> None:
    """Then they do not walk in again; without a word they do, to the same role."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    token, bo = await site.invite(ada, campaign), await site.person("Bo")
    assert (await bo.call("POST", "/api/invites/redeem", {"token": token})).status == 200
    assert (await ada.call("DELETE", f"{campaign}/members/{bo.user_id}{query}")).status == 204
    again = await bo.call("POST", "/api/invites/redeem", {"token": token})
    assert again.status == (200 if comes_back else 409)
    assert (await bo.call("GET", f"{campaign}/members")).status == (200 if comes_back else 404)


async def test_a_dm_sees_all_links_by_which_somebody_could_come_back(site: Site) -> None:
    """The page offers to revoke them: the newest one alone may be revoked already, and an older one open."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    tokens = [await site.invite(ada, campaign, role) for role in ("player", "dm")]
    bo = await site.person("Bo")
    for token in tokens:
        assert (await bo.call("POST", "/api/invites/redeem", {"token": token})).status == 200
    invites = [one["inviteId"] for one in (await ada.call("GET", f"{campaign}/invites")).content["invites"]]
    [shown] = [one for one in (await ada.call("GET", f"{campaign}/members")).content["members"] if one["name"] == "Bo"]
    assert (shown["inviteId"], shown["inviteIds"]) == (invites[0], invites[::-1])


@pytest.mark.parametrize(
    "query", ["revokeInvite=", "revokeInvite=yes", "revokeInvite=true&revokeInvite=false", "revokeInvites=true"]
)
async def test_an_unclear_wish_removes_nobody(site: Site, query: str) -> None:
    """It is true or false, once."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    bo = await site.member(ada, campaign, "Bo")
    answer = await ada.call("DELETE", f"{campaign}/members/{bo.user_id}?{query}")
    assert (answer.status, answer.code) == (400, "bad_request")
    assert await roles(ada, campaign) == {"Ada": "dm", "Bo": "player"}


async def test_a_dm_removes_several_at_once(site: Site) -> None:
    """They are strangers, their links are revoked if the DM says so, and the tables are told once."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    gone = [await site.member(ada, campaign, f"Bo {number}") for number in range(3)]
    await site.member(ada, campaign, "Cy")
    site.tables.changed.clear()
    wanted = {"userIds": [one.user_id for one in gone], "revokeInvites": True}
    answer = await ada.call("POST", f"{campaign}/members/remove", wanted)
    assert (answer.status, answer.raw) == (204, b"")
    assert [(await one.call("GET", f"{campaign}/members")).status for one in gone] == [404] * 3
    assert await roles(ada, campaign) == {"Ada": "dm", "Cy": "player"}
    states = [one["state"] for one in (await ada.call("GET", f"{campaign}/invites")).content["invites"]]
    assert states == ["open", "revoked", "revoked", "revoked"]
    assert len(site.tables.changed) == 1


@pytest.mark.parametrize("number", [0, 501])
async def test_bad_removals_are_refused(site: Site, number: int) -> None:
    """One to 500 ids, each of which can be one."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    bo = await site.member(ada, campaign, "Bo")
    wanted = {"userIds": [bo.user_id] * number}
    for content in (wanted, {"userIds": ["nobody"]}, {"userIds": [bo.user_id.upper()]}, {"userIds": bo.user_id}, {}):
        answer = await ada.call("POST", f"{campaign}/members/remove", content)
        assert (answer.status, answer.code) == (400, "bad_request"), content
    assert await roles(ada, campaign) == {"Ada": "dm", "Bo": "player"}


async def test_nobody_who_is_removed_is_signed_out(site: Site) -> None:
    """The sign-in link lets nobody in any more; whoever came by it keeps their other campaigns."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    bo, tab = await site.member(ada, campaign, "Bo"), await site.browser()
    number = CampaignId(UUID(campaign.rpartition("/")[2]))
    link = await site.directory.create_invite(number, "player", by=OPERATOR, person=bo.user_id)
    assert (await tab.call("POST", "/api/invites/redeem", {"token": link.token})).content["userId"] == bo.user_id
    own = await site.campaign(bo)
    assert (await ada.call("DELETE", f"{campaign}/members/{bo.user_id}")).status == 204
    assert site.tables.gone == []
    assert [(await one.call("GET", f"{own}/members")).status for one in (bo, tab)] == [200, 200]
    assert (await (await site.browser()).call("POST", "/api/invites/redeem", {"token": link.token})).status == 409


async def test_the_last_dm_stays(site: Site) -> None:
    """The only DM can neither be removed nor made a player; with a second one both work."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    bo = await site.member(ada, campaign, "Bo")
    site.tables.changed.clear()
    self = f"{campaign}/members/{ada.user_id}"
    for answer in (await ada.call("DELETE", self), await ada.call("PATCH", self, {"role": "player"})):
        assert (answer.status, answer.code) == (409, "conflict")
    assert (await ada.call("PATCH", self, {"role": "dm"})).status == 200
    assert await roles(ada, campaign) == {"Ada": "dm", "Bo": "player"}
    assert len(site.tables.changed) == 1
    assert (await ada.call("PATCH", f"{campaign}/members/{bo.user_id}", {"role": "dm"})).status == 200
    assert (await ada.call("DELETE", self)).status == 204
    assert await roles(bo, campaign) == {"Bo": "dm"}


@pytest.mark.parametrize(("method", "refusal"), [("PATCH", 403), ("DELETE", 404)])
async def test_two_dms_who_remove_each_other_leave_one(site: Site, method: str, refusal: int) -> None:
    """Under a race, too, a campaign keeps a DM: the one who is too late is told what that one is now."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    for number in range(15):
        bo = await site.member(ada, campaign, f"Bo {number}", "dm")
        answers = await asyncio.gather(
            site_call(ada, method, f"{campaign}/members/{bo.user_id}"),
            site_call(bo, method, f"{campaign}/members/{ada.user_id}"),
        )
        assert (min(answers) in (200, 204), max(answers)) == (True, refusal)
        winner = ada if answers[0] < 300 else bo
        assert list((await roles(winner, campaign)).values()).count("dm") == 1
        ada = winner


async def site_call(browser: Browser, method: str, path: str) -> int:
    """The status of a removal or demotion."""
    return (await browser.call(method, path, {"role": "player"} if method == "PATCH" else None)).status


async def test_the_lock_holds_without_the_checks_before_it(site: Site) -> None:
    """Many removals of all DMs at once, past the check of the caller's role, leave exactly one of them."""
    owner = await site.directory.create_person("D0")
    campaign = await site.directory.create_campaign("Coast", owner, by=OPERATOR)
    invite = await site.directory.create_invite(campaign, "dm", by=OPERATOR)
    others = [await site.directory.redeem(invite.token, None, f"D{number}") for number in range(1, 6)]
    dms = [owner, *(other.user_id for other in others)]
    await asyncio.gather(*(try_to_remove(site, campaign, dm) for dm in dms))
    assert len(await site.directory.roster(campaign)) == 1


async def try_to_remove(site: Site, campaign: CampaignId, dm: UserId) -> None:
    """Whether it works is not the question."""
    with suppress(LastDm):
        await site.directory.remove_members(campaign, [dm], by=OPERATOR)


@pytest.mark.parametrize("content", [{}, {"role": "gm"}, {"role": None}, {"role": ["dm"]}, [], None])
async def test_bad_roles_are_refused(site: Site, content: object) -> None:
    """A role is dm or player; anything else is a 400 and changes nothing."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    bo = await site.member(ada, campaign, "Bo")
    answer = await ada.call("PATCH", f"{campaign}/members/{bo.user_id}", content)
    assert answer.status == 400
    assert await roles(ada, campaign) == {"Ada": "dm", "Bo": "player"}


async def test_who_is_no_member_is_not_found(site: Site) -> None:
    """Unknown people, people of other campaigns and malformed ids are 404, with the same bytes."""
    ada, eve = await site.person("Ada"), await site.person("Eve")
    campaign = await site.campaign(ada)
    for method in ("PATCH", "DELETE"):
        answers = [
            await ada.call(method, f"{campaign}/members/{one}", {"role": "player"})
            for one in (eve.user_id, str(uuid4()), "nobody", ada.user_id.upper(), "%00")
        ]
        assert {answer.status for answer in answers} == {404}
        assert len({answer.raw for answer in answers}) == 1
