"""A campaign that is closed is as unknown to everybody as one that never was; its log stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import psycopg
import pytest
from aiohttp.web import RouteDef

from tests.transport.http.site import Answer, Browser, Site
from tests.transport.http.test_every_body import BODIES, MAP
from tests.transport.http.test_every_route import path_of
from transport.http.routes import ROUTES

OF_A_CAMPAIGN = [route for route in ROUTES if "{campaign}" in route.path]


async def test_a_dm_closes_a_campaign(site: Site, database: str) -> None:
    """It is gone from everybody's list, its name from the database; open sockets are told; the log is as it was."""
    dm = await site.person("Dee")
    campaign = await site.campaign(dm, "The Sunken Coast")
    ada = await site.member(dm, campaign, "Ada")
    kept = await site.campaign(dm, "The Moor")
    with psycopg.connect(database) as connection:
        connection.execute(
            "insert into event_log (campaign_id, version, event_id, type, schema_version, recorded_at, actor, data)"
            " values (%s, 1, %s, 'session_started', 1, now(), %s, '{}')",
            [campaign.rpartition("/")[2], uuid4(), dm.user_id],
        )
    answer = await dm.call("DELETE", campaign)
    assert (answer.status, answer.raw) == (204, b"")
    assert str(site.tables.changed[-1]) == campaign.rpartition("/")[2]
    names = [one["name"] for one in (await dm.call("GET", "/api/campaigns")).content["campaigns"]]
    assert names == ["The Moor"]
    assert (await ada.call("GET", "/api/campaigns")).content == {"campaigns": []}
    assert (await dm.call("GET", f"{kept}/members")).status == 200
    with psycopg.connect(database) as connection:
        query = "select name, closed_at is not null from campaign where campaign_id = %s"
        assert connection.execute(query, [campaign.rpartition("/")[2]]).fetchall() == [("closed campaign", True)]
        assert connection.execute("select count(*) from event_log").fetchone() == (1,)
        assert connection.execute("select count(*) from invite").fetchone() == (0,)


@pytest.mark.parametrize("route", OF_A_CAMPAIGN, ids=lambda route: f"{route.method} {route.path}")
async def test_it_is_unknown_to_everybody(site: Site, route: RouteDef) -> None:
    """To its DM of before as to anybody else, with the same bytes as an id of nothing; closing it twice, too."""
    dm = await site.person("Dee")
    campaign = await site.campaign(dm)
    await dm.call("DELETE", campaign)
    for path in (campaign, f"/api/campaigns/{uuid4()}"):
        answer = await dm.call(route.method, path_of(route, path), BODIES.get((route.method, route.path)))
        assert (answer.status, answer.code) == (404, "not_found")


async def test_a_player_cannot_close_it(site: Site) -> None:
    """403, and all is as before."""
    dm = await site.person("Dee")
    campaign = await site.campaign(dm)
    ada = await site.member(dm, campaign, "Ada")
    assert (await ada.call("DELETE", campaign)).status == 403
    assert (await dm.call("GET", campaign + "/members")).status == 200


async def test_its_links_are_unknown(site: Site) -> None:
    """Those for everybody and those that sign somebody in; whoever came by them stays signed in."""
    dm = await site.person("Dee")
    campaign = await site.campaign(dm)
    token = await site.invite(dm, campaign)
    ada = await site.member(dm, campaign, "Ada")
    await dm.call("DELETE", campaign)
    unknown = await dm.call("POST", "/api/invites/redeem", {"token": "x" * 43})
    for browser in (dm, ada, await site.browser()):
        answer = await browser.call("POST", "/api/invites/redeem", {"token": token, "name": "Eve"})
        assert (answer.status, answer.raw) == (404, unknown.raw)
    assert (await ada.call("GET", "/api/me")).status == 200


class Halves:
    """A body of which half is sent, and the rest when somebody says so."""

    def __init__(self, whole: bytes) -> None:
        self._whole = whole
        self.began, self.go_on = asyncio.Event(), asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        half = len(self._whole) // 2
        yield self._whole[:half]
        self.began.set()
        await self.go_on.wait()
        yield self._whole[half:]


HALF_SENT = [
    ("PATCH", "/members/{user}", b'{"role": "player"}'),
    ("POST", "/map", str(MAP).replace("'", '"').encode()),
]


@pytest.mark.parametrize(("method", "path", "body"), HALF_SENT, ids=[path for _, path, _ in HALF_SENT])
async def test_what_is_half_sent_is_too_late(site: Site, method: str, path: str, body: bytes) -> None:
    """A call that began before the closing and whose body ends after it finds nothing any more."""
    dm = await site.person("Dee")
    campaign = await site.campaign(dm)
    ada = await site.member(dm, campaign, "Ada")
    halves = Halves(body)
    calling = asyncio.create_task(dm.call(method, campaign + path.format(user=ada.user_id), data=halves))
    await halves.began.wait()
    await asyncio.sleep(0.05)
    assert (await dm.call("DELETE", campaign)).status == 204
    halves.go_on.set()
    answer = await calling
    assert (answer.status, answer.code) == (404, "not_found")
    assert site.tables.imported == []


async def test_a_half_sent_redeem_is_too_late(site: Site) -> None:
    """No person and no sign-in come to be by it."""
    dm = await site.person("Dee")
    campaign = await site.campaign(dm)
    halves = Halves(f'{{"token": "{await site.invite(dm, campaign)}", "name": "Eve"}}'.encode())
    eve = await site.browser()
    calling = asyncio.create_task(eve.call("POST", "/api/invites/redeem", data=halves))
    await halves.began.wait()
    await dm.call("DELETE", campaign)
    halves.go_on.set()
    assert (await calling).status == 404
    assert eve.cookies() == {}


async def test_whoever_comes_in_at_this_moment(site: Site, database: str) -> None:
    """Is a member before it, or finds nothing; nobody is a member afterwards, and nobody waits for ever."""
    for _ in range(5):
        dm = await site.person("Dee")
        campaign = await site.campaign(dm)
        tokens = [await site.invite(dm, campaign, role) for role in ("player", "dm") for _ in range(3)]
        guests = [await site.browser() for _ in tokens]

        async def come(guest: Browser, token: str) -> Answer:
            return await guest.call("POST", "/api/invites/redeem", {"token": token, "name": "Guest"})

        closing = dm.call("DELETE", campaign)
        answers = await asyncio.gather(closing, *(come(*one) for one in zip(guests, tokens, strict=True)))
        assert answers[0].status == 204
        assert {answer.status for answer in answers[1:]} <= {200, 404, 409}
        with psycopg.connect(database) as connection:
            assert connection.execute("select count(*) from member").fetchone() == (0,)


async def test_two_dms_close_it_at_once(site: Site) -> None:
    """It is closed once."""
    dm = await site.person("Dee")
    campaign = await site.campaign(dm)
    co = await site.member(dm, campaign, "Co", "dm")
    answers = await asyncio.gather(dm.call("DELETE", campaign), co.call("DELETE", campaign))
    assert sorted(answer.status for answer in answers) == [204, 404]


async def test_no_other_program_lets_anybody_in(site: Site, database: str) -> None:
    """The database itself refuses a member of a closed campaign: a server of before may run beside ours."""
    dm = await site.person("Dee")
    campaign = await site.campaign(dm)
    await dm.call("DELETE", campaign)
    with psycopg.connect(database) as connection, pytest.raises(psycopg.errors.ForeignKeyViolation):
        connection.execute(
            "insert into member (campaign_id, person_id, role) values (%s, %s, 'dm')",
            [campaign.rpartition("/")[2], dm.user_id],
        )
