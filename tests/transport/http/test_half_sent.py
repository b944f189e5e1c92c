"""A call whose body comes late is judged by what its sender may when it is carried out, not when it began."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web

import transport.http.body
from domain.hexes import MAX_HEXES
from tests.transport.http.site import Browser, Site
from tests.transport.http.test_every_body import BODIES, MAP
from tests.transport.http.test_every_route import everything_in

Arrived = asyncio.Event

ON_A_CAMPAIGN = [(method, path) for method, path in BODIES if "{campaign}" in path]
REFUSALS = {"demoted": (403, "forbidden"), "removed": (404, "not_found"), "signed out": (401, "not_signed_in")}


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Arrived:
    """Set when a call has passed what comes before its body."""
    begun = asyncio.Event()
    packed_body = transport.http.body._packed_body

    async def noted(request: web.Request, limit: int, came: Callable[[int], None] | None) -> bytes:
        begun.set()
        return await packed_body(request, limit, came)

    monkeypatch.setattr("transport.http.body._packed_body", noted)
    return begun


@dataclass
class HalfSent:
    """A call of which all but the last byte is sent."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    rest: bytes

    @classmethod
    async def begin(cls, site: Site, by: Browser, method: str, path: str, content: object) -> HalfSent:
        body = json.dumps(content).encode()
        head = {
            "Host": f"{site.url.host}:{site.url.port}",
            "Cookie": "; ".join(f"{name}={value}" for name, value in by.cookies().items()),
            "Content-Type": "application/json",
            "Content-Length": len(body),
            "Connection": "close",
        }
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
        reader, writer = await asyncio.open_connection(site.url.host, site.url.port)
        writer.write("\r\n".join(lines).encode() + body[:-1])
        await writer.drain()
        return cls(reader, writer, body[-1:])

    async def finish(self) -> tuple[int, Any]:
        """The status, and the code of the error if there is one."""
        self.writer.write(self.rest)
        head, _, body = (await self.reader.read()).partition(b"\r\n\r\n")
        self.writer.close()
        content = json.loads(body) if body else {}
        return int(head.split()[1]), content.get("error", {}).get("code")


async def lose(site: Site, what: str, dm: Browser, campaign: str, eve: Browser) -> None:
    """Eve's authority, by a call that is acknowledged before the rest of hers comes."""
    member = f"{campaign}/members/{eve.user_id}"
    match what:
        case "demoted":
            answer = await dm.call("PATCH", member, {"role": "player"})
        case "removed":
            answer = await dm.call("DELETE", member)
        case _:
            # Her call has the cookie already, which the browser forgets now.
            answer = await eve.call("DELETE", "/api/session")
    assert answer.status in (200, 204)
    site.tables.changed.clear()


@pytest.mark.parametrize("lost", REFUSALS)
@pytest.mark.parametrize("late", ON_A_CAMPAIGN, ids=" ".join)
async def test_a_late_body_changes_nothing_without_authority(
    site: Site, database: str, reading: Arrived, late: tuple[str, str], lost: str
) -> None:
    """Demoted, removed or signed out meanwhile: each call that changes a campaign is refused as if it began now."""
    dm = await site.person("Dee")
    campaign = await site.campaign(dm)
    eve = await site.member(dm, campaign, "Eve", "dm")
    reading.clear()
    method, path = late
    address = path.format(campaign=campaign.rpartition("/")[2], user=eve.user_id)
    call = await HalfSent.begin(site, eve, method, address, BODIES[late])
    await reading.wait()
    await lose(site, lost, dm, campaign, eve)
    before = everything_in(database)
    assert await call.finish() == REFUSALS[lost]
    assert everything_in(database) == before
    assert (site.tables.changed, site.tables.imported) == ([], [])


@pytest.mark.parametrize("lost", REFUSALS)
async def test_a_map_is_stored_no_further_than_its_senders_authority_goes(site: Site, lost: str) -> None:
    """It comes in parts, and each asks anew."""
    dm = await site.person("Dee")
    campaign = await site.campaign(dm)
    eve = await site.member(dm, campaign, "Eve", "dm")
    hexes = [{"q": number, "r": 0, "terrain": "forest"} for number in range(3 * MAX_HEXES)]

    async def lose_it() -> None:
        site.tables.after_a_part = lambda: asyncio.sleep(0)
        await lose(site, lost, dm, campaign, eve)

    site.tables.after_a_part = lose_it
    answer = await eve.call("POST", f"{campaign}/map", {**MAP, "hexes": hexes})
    assert (answer.status, answer.code) == REFUSALS[lost]
    [(_, _, parts)] = site.tables.imported
    assert len(parts) == 1


async def test_nobody_makes_a_campaign_after_signing_out(site: Site, database: str, reading: Arrived) -> None:
    """The sign-in is held by the transaction that makes the campaign."""
    eve = await site.person("Eve")
    reading.clear()
    call = await HalfSent.begin(site, eve, "POST", "/api/campaigns", {"name": "Coast"})
    await reading.wait()
    assert (await eve.call("DELETE", "/api/session")).status == 204
    before = everything_in(database)
    assert await call.finish() == (401, "not_signed_in")
    assert everything_in(database) == before


async def test_nobody_joins_after_signing_out(site: Site, database: str, reading: Arrived) -> None:
    """Who is signed out when the button's call is whole is nobody, and would have to give a name."""
    dm, eve = await site.person("Dee"), await site.person("Eve")
    token = await site.invite(dm, await site.campaign(dm))
    reading.clear()
    call = await HalfSent.begin(site, eve, "POST", "/api/invites/redeem", {"token": token})
    await reading.wait()
    assert (await eve.call("DELETE", "/api/session")).status == 204
    before = everything_in(database)
    assert await call.finish() == (400, "bad_request")
    assert everything_in(database) == before


async def test_an_invite_that_ends_while_it_is_redeemed_lets_nobody_in(
    site: Site, database: str, reading: Arrived
) -> None:
    """Its maker is removed between the beginning of the call and its end."""
    dm = await site.person("Dee")
    campaign = await site.campaign(dm)
    eve, ada = await site.member(dm, campaign, "Eve", "dm"), await site.person("Ada")
    token = await site.invite(eve, campaign, "dm")
    reading.clear()
    call = await HalfSent.begin(site, ada, "POST", "/api/invites/redeem", {"token": token})
    await reading.wait()
    assert (await dm.call("DELETE", f"{campaign}/members/{eve.user_id}")).status == 204
    before = everything_in(database)
    assert await call.finish() == (409, "conflict")
    assert everything_in(database) == before


async def test_a_late_body_is_carried_out_for_who_may(site: Site, reading: Arrived) -> None:
    """Else the tests above would show nothing."""
    dm = await site.person("Dee")
    campaign = await site.campaign(dm)
    reading.clear()
    call = await HalfSent.begin(site, dm, "POST", f"{campaign}/invites", {"role": "player"})
    await reading.wait()
    assert await call.finish() == (201, None)
