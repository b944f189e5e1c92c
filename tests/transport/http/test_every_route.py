"""What holds for every call, those of tomorrow included: the tests walk the table of routes."""

from __future__ import annotations

from uuid import uuid4

import psycopg
import pytest
from aiohttp.web import RouteDef

from tests.transport.http.site import Site, a_site
from transport.http.routes import ROUTES

CHANGING = [route for route in ROUTES if route.method not in ("GET", "HEAD", "OPTIONS")]
FROM_ELSEWHERE = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:1"},
)
TABLES = ("person", "sign_in", "campaign", "member", "invite", "event_log")


def path_of(route: RouteDef, campaign: str) -> str:
    """An address that leads to the route."""
    random = {name: str(uuid4()) for name in ("user", "invite", "signin", "import")}
    return route.path.format(campaign=campaign.rpartition("/")[2], number="1", **random)


def everything_in(database: str) -> list[object]:
    """All rows of all tables but the cache."""
    with psycopg.connect(database) as connection:
        return [connection.execute(f"select * from {table} order by 1, 2").fetchall() for table in TABLES]


def test_the_walk_meets_every_call_that_changes_something() -> None:
    """Were the table read wrongly, the walk would be short."""
    assert len(CHANGING) == 14


@pytest.mark.parametrize("headers", FROM_ELSEWHERE, ids=str)
async def test_no_call_works_from_another_site(site: Site, database: str, headers: dict[str, str]) -> None:
    """With the cookie of a DM, each one that could change something is refused before it looks at anything."""
    dm = await site.person("Dee")
    campaign = await site.campaign(dm)
    before = everything_in(database)
    for route in CHANGING:
        answer = await dm.call(route.method, path_of(route, campaign), {"name": "Eve", "role": "dm"}, headers=headers)
        assert (answer.status, answer.code) == (403, "forbidden"), route
    assert everything_in(database) == before


async def test_reading_changes_nothing(site: Site, database: str) -> None:
    """GET and HEAD are safe, as a DM as well as without a cookie."""
    dm = await site.person("Dee")
    campaign = await site.campaign(dm)
    before = everything_in(database)
    for browser in (dm, await site.browser()):
        for route in ROUTES:
            for method in ("GET", "HEAD"):
                await browser.call(method, path_of(route, campaign))
    assert everything_in(database) == before


async def test_no_answer_names_the_software(site: Site) -> None:
    """Which versions run here is nobody's business."""
    dm = await site.person("Dee")
    campaign = await site.campaign(dm)
    for route in ROUTES:
        answer = await dm.call(route.method, path_of(route, campaign))
        assert "Server" not in answer.headers, route


async def test_https_is_for_good(database: str) -> None:
    """A browser that came by https comes back by https alone; over http nothing is said of it."""
    async with a_site(database, public_url="https://fog.example") as site:
        answer = await (await site.browser()).call("GET", "/api/me")
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    async with a_site(database) as site:
        answer = await (await site.browser()).call("GET", "/api/me")
        assert "Strict-Transport-Security" not in answer.headers
