"""Links that let people in."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.ids import CampaignId, UserId
from domain.store import NewerEvent, StoreUnavailable, UnreadableEvent
from tests.transport.http.site import Answer, Browser, Site, a_site
from transport.accounts import OPERATOR, Actor
from transport.accounts.qr_code import qr_rows
from transport.accounts.tokens import hash_token


async def redeem(browser: Browser, token: str, name: str | None = None) -> Answer:
    """Presses the button."""
    content = {"token": token} if name is None else {"token": token, "name": name}
    return await browser.call("POST", "/api/invites/redeem", content)


async def test_an_invite_is_told_once(site: Site, database: str) -> None:
    """POST invites answers id, token, link and QR code; afterwards only the token's SHA-256 is anywhere."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    answer = await ada.call("POST", f"{campaign}/invites", {"role": "player"})
    assert answer.status == 201
    token = answer.content["token"]
    link = f"{str(site.url).rstrip('/')}/join#{token}"
    invite = str(UUID(answer.content["inviteId"]))
    assert answer.content == {"inviteId": invite, "token": token, "link": link, "qr": qr_rows(link)}
    listed = await ada.call("GET", f"{campaign}/invites")
    assert token.encode() not in listed.raw
    with psycopg.connect(database) as connection:
        (row,) = connection.execute("select token_hash, invite::text from invite").fetchall()
    assert bytes(row[0]) == hashlib.sha256(token.encode()).digest()
    assert token not in row[1]


async def test_links_lead_to_the_public_url(database: str) -> None:
    """Behind a proxy a link names the address that people know."""
    async with a_site(database, public_url="https://fog.example") as site:
        owner = await site.directory.create_person("Dee")
        campaign = await site.directory.create_campaign("Coast", owner, by=OPERATOR)
        cookie = {"Cookie": f"__Host-fogbound_session={await site.directory.sign_in(owner)}"}
        answer = await (await site.browser()).call(
            "POST", f"/api/campaigns/{campaign}/invites", {"role": "player"}, headers=cookie
        )
        assert answer.content["link"] == f"https://fog.example/join#{answer.content['token']}"


async def test_links_do_not_lead_where_a_request_says(database: str) -> None:
    """With a public URL and without one: whatever stands in Host, or in what proxies add, is in no link."""
    for public_url in (None, "http://fog.example"):
        async with a_site(database, public_url=public_url, proxies=1) as site:
            ada = await site.person("Ada")
            campaign = await site.campaign(ada)
            headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
            answer = await ada.call("POST", f"{campaign}/invites", {"role": "player"}, headers=headers)
            assert answer.status == 201
            assert answer.content["link"].startswith(f"{public_url or str(site.url).rstrip('/')}/join#")
            assert b"evil" not in answer.raw


async def test_an_invite_is_good_for_what_is_said(site: Site, database: str) -> None:
    """Uses and hours as given; left out as the settings say; uses null is as many as there may be members."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    for said in ({}, {"expiresInHours": None}, {"uses": None}, {"uses": 3, "expiresInHours": 8_784}):
        assert (await ada.call("POST", f"{campaign}/invites", {"role": "player", **said})).status == 201
    with psycopg.connect(database) as connection:
        query = "select uses_left, extract(epoch from expires_at - created_at)::int / 3600 from invite"
        made = connection.execute(f"{query} order by created_at").fetchall()
    assert made == [(50, 720), (50, 720), (200, 720), (3, 8_784)]


async def test_past_the_bounds_one_is_told_why(database: str) -> None:
    """Too many invites and a full campaign are conflicts, a link that is used too fast says when to come again."""
    async with a_site(database, invites=2, members=4, redeems_per_minute=2) as site:
        ada = await site.person("Ada")
        campaign = await site.campaign(ada)
        one, other = await site.invite(ada, campaign), await site.invite(ada, campaign)
        third = await ada.call("POST", f"{campaign}/invites", {"role": "player"})
        assert (third.status, third.code) == (409, "conflict")
        assert third.message == "This campaign may have 2 open invites: revoke some first"
        bo = await site.browser()
        assert [(await redeem(bo, one, "Bo")).status for _ in range(5)] == [200] * 5
        assert (await redeem(await site.browser(), one, "Cy")).status == 200
        late = await redeem(await site.browser(), one, "Di")
        assert (late.status, late.code) == (429, "too_many_tries")
        assert 1 <= int(late.headers["Retry-After"]) <= 60
        assert (await redeem(await site.browser(), other, "Ed")).status == 200
        full = await redeem(await site.browser(), other, "Flo")
        assert (full.status, full.code) == (409, "conflict")
        assert full.message == "This campaign is full: it may have 4 members. A DM can remove some"


async def test_a_busy_link_is_no_wrong_one(database: str) -> None:
    """Who is told to come again a little later has not guessed, and waits for nothing else."""
    async with a_site(database, redeems_per_minute=1, tries_per_minute=2) as site:
        ada = await site.person("Ada")
        campaign = await site.campaign(ada)
        busy, other = await site.invite(ada, campaign), await site.invite(ada, campaign)
        assert (await redeem(await site.browser(), busy, "Bo")).status == 200
        for _ in range(5):
            assert (await redeem(await site.browser(), busy, "Cy")).message.startswith("Too many people")
        assert (await redeem(await site.browser(), other, "Cy")).status == 200


async def test_newcomers_by_a_link_count_as_sign_ups(database: str) -> None:
    """An address makes so many people a minute, in whatever way; who is signed in is none of them."""
    async with a_site(database, sign_ups_per_minute=3) as site:
        ada = await site.person("Ada")
        token = await site.invite(ada, await site.campaign(ada))
        bo = await site.browser()
        assert (await redeem(bo, token, "Bo")).status == 200
        assert (await redeem(await site.browser(), token, "Cy")).status == 200
        refused = await redeem(await site.browser(), token, "Di")
        assert (refused.status, refused.code) == (429, "too_many_tries")
        assert (await redeem(bo, token)).status == 200


async def test_invites_are_listed_to_the_dm(site: Site) -> None:
    """GET invites tells of each one's role, uses, dates and state, the newest first."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    await site.invite(ada, campaign)
    once = await site.invite(ada, campaign, "dm", uses=1, expiresInHours=1)
    await redeem(await site.browser(), once, "Bo")
    newest, oldest = (await ada.call("GET", f"{campaign}/invites")).content["invites"]
    assert set(oldest) == {
        "inviteId",
        "role",
        "userId",
        "usesLeft",
        "expiresAt",
        "createdBy",
        "createdAt",
        "state",
    }
    assert (oldest["role"], oldest["usesLeft"], oldest["state"]) == ("player", 50, "open")
    lasts = datetime.fromisoformat(oldest["expiresAt"]) - datetime.fromisoformat(oldest["createdAt"])
    assert lasts == timedelta(days=30)
    assert (newest["role"], newest["usesLeft"], newest["state"]) == ("dm", 0, "used_up")
    assert (newest["userId"], newest["createdBy"]) == (None, ada.user_id)
    lasts = datetime.fromisoformat(newest["expiresAt"]) - datetime.fromisoformat(newest["createdAt"])
    assert lasts == timedelta(hours=1)
    assert abs(datetime.fromisoformat(newest["createdAt"]) - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"role": "gm"},
        {"role": "player", "uses": 0},
        {"role": "player", "uses": -1},
        {"role": "player", "uses": 1.5},
        {"role": "player", "uses": True},
        {"role": "player", "uses": "3"},
        {"role": "player", "uses": 10**30},
        {"role": "player", "expiresInHours": 0},
        {"role": "player", "expiresInHours": -1},
        {"role": "player", "expiresInHours": 1e9},
        {"role": "player", "expiresInHours": "1"},
        [],
    ],
)
async def test_bad_invites_are_refused(site: Site, content: object) -> None:
    """A field off its range is a bad_request, and no invite comes to be."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    answer = await ada.call("POST", f"{campaign}/invites", content)
    assert (answer.status, answer.code) == (400, "bad_request")
    assert (await ada.call("GET", f"{campaign}/invites")).content == {"invites": []}


async def test_redeeming_lets_a_newcomer_in(site: Site) -> None:
    """A token and a name make a person, a member and a sign-in; the tables are told."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    bo = await site.browser()
    answer = await redeem(bo, await site.invite(ada, campaign), " Bo ")
    assert answer.status == 200
    me = (await bo.call("GET", "/api/me")).content
    assert me["name"] == "Bo"
    assert answer.content == {
        "campaignId": campaign.rpartition("/")[2],
        "userId": me["userId"],
        "role": "player",
    }
    assert (await bo.call("GET", f"{campaign}/members")).status == 200
    assert [str(one) for one in site.tables.changed] == [campaign.rpartition("/")[2]]


@pytest.mark.parametrize(
    "failure", [StoreUnavailable("down"), NewerEvent("of a newer server"), UnreadableEvent("damaged"), OSError("ours")]
)
async def test_who_came_in_gets_their_cookie_whatever_fails_then(site: Site, failure: Exception) -> None:
    """The link is used up, and a table that can't read its members starts over with them."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    invite = await site.invite(ada, campaign)
    bo = await site.browser()
    site.tables.failure = failure
    assert (await redeem(bo, invite, "Bo")).status == 200
    user = (await bo.call("GET", "/api/me")).content["userId"]
    assert (await ada.call("PATCH", f"{campaign}/members/{user}", {"role": "dm"})).status == 200
    assert (await ada.call("DELETE", f"{campaign}/members/{user}")).status == 204
    assert (await ada.call("DELETE", campaign)).status == 204


async def test_redeeming_with_a_session_needs_no_name(site: Site) -> None:
    """Somebody who is signed in joins as who they are, whatever name comes along."""
    ada, bo = await site.person("Ada"), await site.person("Bo")
    campaign = await site.campaign(ada)
    answer = await redeem(bo, await site.invite(ada, campaign), "Robert")
    assert answer.content["userId"] == bo.user_id
    assert "Set-Cookie" not in answer.headers
    assert (await bo.call("GET", "/api/me")).content["name"] == "Bo"


async def test_opening_a_link_redeems_nothing(site: Site) -> None:
    """What a browser or a link preview asks for when it opens a link uses nothing up: that is a GET."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    token = await site.invite(ada, campaign, uses=1)
    browser = await site.browser()
    await browser.call("GET", f"/join?{token}")
    assert (await browser.call("GET", "/api/invites/redeem")).status == 405
    assert (await redeem(browser, token, "Bo")).status == 200


async def test_without_a_session_a_name_is_needed(site: Site, database: str) -> None:
    """A newcomer without a name is told so, and a good token is not used up by that."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    token = await site.invite(ada, campaign, uses=1)
    browser = await site.browser()
    for name in (None, "", "\u200b", "x" * 65):
        answer = await redeem(browser, token, name)
        assert (answer.status, answer.code) == (400, "bad_request")
        assert answer.message.startswith("name: ")
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from person").fetchone() == (1,)
    assert (await redeem(browser, token, "Bo")).status == 200


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "\u00e9", "\x00", "../../etc", "a" * 200])
async def test_unknown_tokens_are_not_found(site: Site, database: str, token: str) -> None:
    """Whatever is no token is answered 404 with the same words, and makes nobody."""
    answer = await redeem(await site.browser(), token, "Bo")
    assert (answer.status, answer.code) == (404, "not_found")
    assert answer.message == "No such invite: check that the link was copied whole"
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from person").fetchone() == (0,)


@pytest.mark.parametrize(
    "content", [{}, {"token": None}, {"token": 5}, {"token": "a" * 201}, {"token": "\ud800"}, ["token"]]
)
async def test_a_redemption_without_a_token_is_a_bad_request(site: Site, content: object) -> None:
    """The token is required, a string, and short."""
    answer = await (await site.browser()).call("POST", "/api/invites/redeem", content)
    assert (answer.status, answer.code) == (400, "bad_request")


async def test_dead_invites_say_why(site: Site, database: str) -> None:
    """Expired, revoked and used-up invites are conflicts with messages of their own, and make nobody."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    expired = await site.invite(ada, campaign, expiresInHours=1e-7)
    revoked = await site.invite(ada, campaign)
    invites = (await ada.call("GET", f"{campaign}/invites")).content["invites"]
    assert (await ada.call("DELETE", f"{campaign}/invites/{invites[0]['inviteId']}")).status == 204
    used_up = await site.invite(ada, campaign, uses=1)
    assert (await redeem(await site.browser(), used_up, "Bo")).status == 200
    await asyncio.sleep(0.01)

    answers = [await redeem(await site.browser(), token, "Cy") for token in (expired, revoked, used_up)]
    assert [(answer.status, answer.code) for answer in answers] == [(409, "conflict")] * 3
    words = ["expired", "revoked", "used up"]
    assert all(word in answer.message for word, answer in zip(words, answers, strict=True))
    assert all("Set-Cookie" not in answer.headers for answer in answers)
    with psycopg.connect(database) as connection:
        names = connection.execute("select name from person order by name").fetchall()
    assert names == [("Ada",), ("Bo",)]
    states = [one["state"] for one in (await ada.call("GET", f"{campaign}/invites")).content["invites"]]
    assert states == ["used_up", "revoked", "expired"]


async def test_revoking_can_be_repeated(site: Site) -> None:
    """A second revocation is answered as the first; another campaign's invite and an unknown one are 404."""
    ada, eve = await site.person("Ada"), await site.person("Eve")
    campaign, other = await site.campaign(ada), await site.campaign(eve)
    token = await site.invite(ada, campaign)
    (invite,) = (await ada.call("GET", f"{campaign}/invites")).content["invites"]
    answers = [
        await eve.call("DELETE", f"{other}/invites/{one}") for one in (invite["inviteId"], str(uuid4()), "nonsense")
    ]
    assert {(answer.status, answer.raw) for answer in answers} == {(404, answers[0].raw)}
    assert (await redeem(await site.browser(), token, "Bo")).status == 200
    for _ in range(2):
        assert (await ada.call("DELETE", f"{campaign}/invites/{invite['inviteId']}")).status == 204


async def test_racing_redeemers_share_the_uses(site: Site, database: str) -> None:
    """Of twelve newcomers at once an invite for five lets in five, and only those come to be."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    token = await site.invite(ada, campaign, uses=5)
    browsers = [await site.browser() for _ in range(12)]
    answers = await asyncio.gather(*(redeem(one, token, f"P{i}") for i, one in enumerate(browsers)))
    assert Counter(answer.status for answer in answers) == {200: 5, 409: 7}
    assert len((await ada.call("GET", f"{campaign}/members")).content["members"]) == 6
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from person").fetchone() == (6,)
        assert connection.execute("select uses_left from invite").fetchone() == (0,)


async def test_one_person_in_two_tabs_uses_one(site: Site) -> None:
    """The same person who presses the button several times at once joins once."""
    ada, bo = await site.person("Ada"), await site.person("Bo")
    campaign = await site.campaign(ada)
    token = await site.invite(ada, campaign, uses=2)
    answers = await asyncio.gather(*(redeem(bo, token) for _ in range(4)))
    assert {answer.status for answer in answers} == {200}
    (invite,) = (await ada.call("GET", f"{campaign}/invites")).content["invites"]
    assert invite["usesLeft"] == 1


async def test_a_member_who_comes_again_keeps_the_role(site: Site) -> None:
    """A member who redeems again uses nothing up and is answered with the old role; a DM stays a DM."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    token = await site.invite(ada, campaign, uses=1)
    assert (await redeem(ada, token)).content["role"] == "dm"
    bo = await site.browser()
    assert (await redeem(bo, token, "Bo")).status == 200
    site.tables.changed.clear()
    again = await redeem(bo, token)
    assert (again.status, again.content["role"]) == (200, "player")
    assert site.tables.changed == []


async def test_a_dms_invite_raises_a_player(site: Site) -> None:
    """A player who redeems an invite for DMs becomes one, which takes a use and is told to the tables."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    bo = await site.member(ada, campaign, "Bo")
    site.tables.changed.clear()
    token = await site.invite(ada, campaign, "dm", uses=1)
    answer = await redeem(bo, token)
    assert (answer.status, answer.content["role"]) == (200, "dm")
    assert len(site.tables.changed) == 1
    assert (await bo.call("GET", f"{campaign}/invites")).status == 200
    assert (await redeem(await site.browser(), token, "Cy")).status == 409


async def sign_in_link(site: Site, hours: float = 24) -> tuple[CampaignId, UserId, str]:
    """A campaign, its DM, and the token of a link that signs the DM in."""
    dm = await site.directory.create_person("Dee")
    campaign = await site.directory.create_campaign("Coast", dm, by=OPERATOR)
    invite = await site.directory.create_invite(campaign, "dm", expires_in_hours=hours, person=dm, by=OPERATOR)
    return campaign, dm, invite.token


async def test_a_sign_in_link_signs_its_member_in(site: Site) -> None:
    """A link made for a member needs no name, signs in that member, and can be used again."""
    campaign, dm, token = await sign_in_link(site)
    for _ in range(2):
        browser = await site.browser()
        answer = await redeem(browser, token)
        assert answer.content == {"campaignId": str(campaign), "userId": dm, "role": "dm"}
        assert (await browser.call("GET", "/api/me")).content == {"userId": dm, "name": "Dee"}
    assert len(await site.directory.roster(campaign)) == 1


async def test_a_sign_in_link_changes_who_one_is(site: Site) -> None:
    """Who was signed in as somebody else is the link's member then; who is that member stays so."""
    _, dm, token = await sign_in_link(site)
    eve = await site.person("Eve")
    assert (await redeem(eve, token)).content["userId"] == dm
    assert (await eve.call("GET", "/api/me")).content["name"] == "Dee"
    before = eve.cookies()
    assert (await redeem(eve, token)).status == 200
    assert eve.cookies() == before


async def test_a_sign_in_link_ends(site: Site) -> None:
    """It expires, and it is worth nothing once its member was removed, even when invited again."""
    _, _, short = await sign_in_link(site, hours=1e-7)
    await asyncio.sleep(0.01)
    assert (await redeem(await site.browser(), short)).status == 409
    campaign, dm, token = await sign_in_link(site)
    again = await site.directory.create_invite(campaign, "dm", by=OPERATOR)
    await site.directory.redeem(again.token, None, "Co")
    await site.directory.remove_members(campaign, [dm], by=OPERATOR)
    assert (await redeem(await site.browser(), token)).status == 409
    await site.directory.redeem(again.token, Actor(dm, hash_token(await site.directory.sign_in(dm))), None)
    assert (await redeem(await site.browser(), token)).status == 409


async def test_guessing_is_slowed_down_for_the_guesser_alone(database: str) -> None:
    """Failed redeems of one address run into 429; other addresses, and honest redeems, do not."""
    async with a_site(database, tries_per_minute=5, proxies=1) as site:
        dm = await site.directory.create_person("Dee")
        campaign = await site.directory.create_campaign("Coast", dm, by=OPERATOR)
        invite = await site.directory.create_invite(campaign, "player", by=OPERATOR)

        async def from_address(address: str, token: str, name: str) -> Answer:
            headers = {"X-Forwarded-For": f"10.9.8.7, {address}"}
            content = {"token": token, "name": name}
            return await (await site.browser()).call("POST", "/api/invites/redeem", content, headers=headers)

        for number in range(8):
            assert (await from_address("192.0.2.1", invite.token, f"P{number}")).status == 200
        guesses = [await from_address("192.0.2.66", f"guess{number}", "X") for number in range(6)]
        assert [answer.status for answer in guesses] == [404] * 5 + [429]
        assert int(guesses[-1].headers["Retry-After"]) >= 1
        assert (await from_address("192.0.2.66", invite.token, "X")).status == 429
        assert (await from_address("192.0.2.1", invite.token, "P8")).status == 200
