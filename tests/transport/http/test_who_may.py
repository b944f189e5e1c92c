"""Who may call what: the table of docs/security.md, tried on every call."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import page, ticked
from tests.transport.http.site import Site
from tests.transport.http.test_every_body import BODIES
from tests.transport.http.test_every_route import path_of
from transport.http.routes import ROUTES

PLACES = re.compile(r"\{[a-z]+\}|(?<=/)[A-Z]+\b")
LAST = ("/api/campaigns/{campaign}", "/api/session", "/api/people")
"""What changes who the caller is, or what there is to call."""
RANKS = ("anyone", "signed in", "member", "DM")


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


@pytest.mark.parametrize("rank", RANKS)
async def test_each_may_do_what_the_table_says(site: Site, rank: str) -> None:
    """Somebody of a rank is turned away from just the calls for higher ones, in the way that tells least."""
    dm = await site.person("Dee")
    campaign = await site.campaign(dm)
    callers = {
        "anyone": await site.browser(),
        "signed in": await site.person("Stranger"),
        "member": await site.member(dm, campaign, "Ada"),
        "DM": dm,
    }
    table, caller, wrong = said(), callers[rank], []
    for route in sorted(ROUTES, key=lambda route: LAST.index(route.path) if route.path in LAST else -1):
        needed = table[PLACES.sub("*", f"{route.method} {route.path}")]
        answer = await caller.call(route.method, path_of(route, campaign), BODIES.get((route.method, route.path)))
        may = RANKS.index(rank) >= RANKS.index(needed)
        refusal = {"anyone": 401, "signed in": 404, "member": 403}.get(rank)
        if (answer.status in (401, 403)) if may else (answer.status != refusal):
            wrong.append((route.method, route.path, answer.status))
    assert wrong == []
