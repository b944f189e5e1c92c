"""Who may call what: the table of docs/security.md, tried on every call."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import page, ticked
from tests.transport.http.site import Browser, Site
from tests.transport.http.test_every_body import BODIES
from tests.transport.http.test_every_route import path_of
from transport.http.routes import ROUTES

PLACES = re.compile(r"\{[a-z]+\}|(?<=/)[A-Z]+\b")
LAST = ("/api/campaigns/{campaign}", "/api/session", "/api/people")
"""What changes who the caller is, or what there is to call."""
RANKS = ("anyone", "signed in", "member", "DM")
FORMER = {"a DM who signed out": "anyone", "a DM who was removed": "signed in", "a DM who was made a player": "member"}
"""What somebody is now who was more before."""


def said() -> dict[str, str]:
    """The least that one must be, for each call."""
    rows = page("docs/security.md").section("Who may do what").rows()
    return {
        PLACES.sub("*", ticked(row["call"])[0]): next(rank for rank in RANKS if row["who"].startswith(rank))
        for row in rows
    }


def test_every_call_is_in_the_table() -> None:
    """And the table has no others."""
    assert {PLACES.sub("*", f"{route.method} {route.path}") for route in ROUTES} == set(said())


async def caller_of(site: Site, dm: Browser, campaign: str, who: str) -> Browser:
    """Somebody of a rank, or somebody who has lost one."""
    match who:
        case "anyone":
            return await site.browser()
        case "signed in":
            return await site.person("Stranger")
        case "member":
            return await site.member(dm, campaign, "Ada")
        case "DM":
            return dm
    former = await site.member(dm, campaign, "Eve", "dm")
    match who:
        case "a DM who signed out":
            answer = await former.call("DELETE", "/api/session")
        case "a DM who was removed":
            answer = await dm.call("DELETE", f"{campaign}/members/{former.user_id}")
        case _:
            answer = await dm.call("PATCH", f"{campaign}/members/{former.user_id}", {"role": "player"})
    assert answer.status in (200, 204)
    return former


@pytest.mark.parametrize("who", [*RANKS, *FORMER])
async def test_each_may_do_what_the_table_says(site: Site, who: str) -> None:
    """Somebody of a rank is turned away from just the calls for higher ones, in the way that tells least."""
    dm = await site.person("Dee")
    campaign = await site.campaign(dm)
    caller, rank = await caller_of(site, dm, campaign, who), FORMER.get(who, who)
    table, wrong = said(), []
    for route in sorted(ROUTES, key=lambda route: LAST.index(route.path) if route.path in LAST else -1):
        needed = table[PLACES.sub("*", f"{route.method} {route.path}")]
        answer = await caller.call(route.method, path_of(route, campaign), BODIES.get((route.method, route.path)))
        may = RANKS.index(rank) >= RANKS.index(needed)
        refusal = {"anyone": 401, "signed in": 404, "member": 403}.get(rank)
        if (answer.status in (401, 403)) if may else (answer.status != refusal):
            wrong.append((route.method, route.path, answer.status))
    assert wrong == []
