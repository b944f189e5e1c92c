"""What holds for the body of every call: JSON can say more than the database, or anybody, can take."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp.web import RouteDef

from tests.transport.http.site import Site
from tests.transport.http.test_every_route import CHANGING, everything_in, path_of

MAP = {
    "version": 1,
    "name": "Coast",
    "gridWidth": 1,
    "gridHeight": 1,
    "hexSize": 30,
    "orientation": "flat",
    "hexes": [{"q": 0, "r": 0, "terrain": "forest", "terrainVariant": 0}],
}
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/people"): {"name": "Eve"},
    ("POST", "/api/campaigns"): {"name": "Coast"},
    ("PATCH", "/api/campaigns/{campaign}/members/{user}"): {"role": "dm"},
    ("POST", "/api/campaigns/{campaign}/members/remove"): {
        "userIds": ["0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"],
        "revokeInvites": True,
    },
    ("POST", "/api/campaigns/{campaign}/invites"): {"role": "player", "uses": 1, "expiresInHours": 1},
    ("POST", "/api/invites/redeem"): {"token": "x", "name": "Eve"},
    ("POST", "/api/campaigns/{campaign}/map"): MAP,
}
"""A good body for each call that reads one."""
# As they stand in JSON. The last one is a name that nobody sees the end of.
VALUES = (
    "1e400",
    "-1e400",
    "1" + "0" * 400,
    '"\\ud800"',
    '"\\udfff\\ud800"',
    '"\\u0000"',
    '"a\\u0000b"',
    '"a\\ud800b"',
    "[]",
    "{}",
    '"' + "x" * 5_000 + '"',
)
PLACE = "PLACE"


def spoilt(body: Any) -> list[Any]:
    """The body again and again, each time with another leaf replaced by the mark."""
    if isinstance(body, dict):
        return [{**body, key: inner} for key, value in body.items() for inner in spoilt(value)]
    if isinstance(body, list):
        return [[inner] for inner in spoilt(body[0])]
    return [PLACE]


def reading() -> list[RouteDef]:
    return [route for route in CHANGING if route.method != "DELETE"]


def test_every_call_that_reads_a_body_is_here() -> None:
    """A call of tomorrow has to be added."""
    assert {(route.method, route.path) for route in reading()} == set(BODIES)


@pytest.mark.parametrize("route", reading(), ids=lambda route: f"{route.method} {route.path}")
async def test_values_that_nothing_can_take_are_refused(site: Site, database: str, route: RouteDef) -> None:
    """Infinite numbers, halves of characters and NUL are the caller's fault at every place, and change nothing."""
    dm = await site.person("Dee")
    campaign = await site.campaign(dm)
    before = everything_in(database)
    wrong = []
    for body in spoilt(BODIES[route.method, route.path]):
        for value in VALUES:
            sent = json.dumps(body).replace(f'"{PLACE}"', value)
            answer = await dm.call(route.method, path_of(route, campaign), data=sent.encode())
            # A token that is just unknown, and the name of one who is signed in already, are no faults of the body.
            allowed = (400, 404) if "redeem" in route.path else (400,)
            if answer.status not in allowed:
                wrong.append((sent[:120], answer.status, answer.content))
    assert wrong == []
    assert everything_in(database) == before


# Beside its place in the answer: a key of any length or kind is not repeated.
KEYS = {"userId": "userId: ", "x" * 5_000: "", "\u202e": "", "a.b": ""}


@pytest.mark.parametrize(
    "route", [route for route in reading() if not route.path.endswith("/map")], ids=lambda route: route.path
)
async def test_keys_that_a_call_does_not_know_are_refused(site: Site, database: str, route: RouteDef) -> None:
    """Whoever says for whom an invite is, or spells a limit wrong, is not given something else with a 201."""
    dm = await site.person("Dee")
    campaign = await site.campaign(dm)
    before = everything_in(database)
    for key, place in KEYS.items():
        body = json.dumps({**BODIES[route.method, route.path], key: "x"})
        answer = await dm.call(route.method, path_of(route, campaign), data=body.encode())
        told = {"code": "bad_request", "message": f"{place}There is no such key here"}
        assert (answer.status, answer.content) == (400, {"error": told})
    assert everything_in(database) == before
