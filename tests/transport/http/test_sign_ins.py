"""One's devices: listed, and signed out from another one."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.ids import CampaignId
from tests.transport.http.site import Browser, Site, a_site
from tests.transport.http.test_closing import Halves
from transport.accounts.authority import OPERATOR
from transport.http.device_label import MAX_LABEL, device_label

PHONE = "Mozilla/5.0 (Android 14; Mobile; rv:131.0) Gecko/131.0 Firefox/131.0"
MINE = "/api/me/sign-ins"


async def another(site: Site, owner: Browser) -> Browser:
    """A second device of the same person."""
    device = await site.browser()
    token = await site.directory.sign_in(owner.user_id)
    device.session.cookie_jar.update_cookies({"fogbound_session": token}, site.url)
    device.user_id = owner.user_id
    return device


async def listed(browser: Browser) -> list[dict[str, Any]]:
    answer = await browser.call("GET", MINE)
    assert answer.status == 200, answer.raw
    devices: list[dict[str, Any]] = answer.content["signIns"]
    return devices


def hash_of(browser: Browser) -> bytes:
    (token,) = browser.cookies().values()
    return hashlib.sha256(token.encode()).digest()


async def is_signed_in(browser: Browser) -> bool:
    return (await browser.call("GET", "/api/me")).status == 200


async def test_who_gives_place_to_a_newer_device_is_closed(database: str) -> None:
    """Both came by one link: the sockets of the older one end at once."""
    async with a_site(database, sign_ins=2) as site:
        dee = await site.person("Dee")
        campaign = CampaignId(UUID((await site.campaign(dee)).rpartition("/")[2]))
        link = await site.directory.create_invite(campaign, "dm", person=dee.user_id, by=OPERATOR)
        older, newer = await site.browser(), await site.browser()
        for one in (older, newer):
            assert (await one.call("POST", "/api/invites/redeem", {"token": link.token})).status == 200
        assert [await is_signed_in(one) for one in (dee, older, newer)] == [True, False, True]
        assert site.tables.gone == [hash_of(older)]


async def test_everybody_lists_their_own_devices(site: Site) -> None:
    """Each with what it calls itself, since when, and whether it is this one; no hash, and nobody else's."""
    ada = await site.browser()
    made = await ada.call("POST", "/api/people", {"name": "Ada"}, headers={"User-Agent": PHONE})
    ada.user_id = made.content["userId"]
    await site.person("Eve")
    other = await another(site, ada)
    both = await listed(ada)
    assert [(one["label"], one["current"]) for one in both] == [("", False), ("Firefox on Android", True)]
    assert [(one["label"], one["current"]) for one in await listed(other)] == [
        ("", True),
        ("Firefox on Android", False),
    ]
    for one in both:
        assert set(one) == {"signInId", "label", "createdAt", "lastUsedAt", "current"}
        assert str(UUID(one["signInId"])) == one["signInId"]
        assert abs((datetime.fromisoformat(one["lastUsedAt"]) - datetime.now(UTC)).total_seconds()) < 3600
    for browser in (ada, other):
        assert hash_of(browser).hex() not in str(both)


async def test_by_a_link_a_device_has_its_name_too(site: Site) -> None:
    """Somebody new, and one who signs in by a link of their own."""
    dm = await site.person("Dee")
    token = await site.invite(dm, await site.campaign(dm))
    ada = await site.browser()
    redeemed = await ada.call(
        "POST", "/api/invites/redeem", {"token": token, "name": "Ada"}, headers={"User-Agent": PHONE}
    )
    assert redeemed.status == 200
    assert [one["label"] for one in await listed(ada)] == ["Firefox on Android"]


async def test_a_device_is_signed_out_from_another(site: Site) -> None:
    """At once, with its sockets; the one that asks stays; a second time there is nothing to end."""
    here = await site.person("Ada")
    lost = await another(site, here)
    [theirs] = [one["signInId"] for one in await listed(here) if not one["current"]]
    answer = await here.call("DELETE", f"{MINE}/{theirs}")
    assert (answer.status, answer.raw) == (204, b"")
    assert "Set-Cookie" not in answer.headers
    assert site.tables.gone == [hash_of(lost)]
    assert not await is_signed_in(lost)
    assert await is_signed_in(here)
    assert (await here.call("DELETE", f"{MINE}/{theirs}")).status == 404


async def test_ending_this_device_is_signing_out(site: Site) -> None:
    """The browser forgets the cookie."""
    here = await site.person("Ada")
    [mine] = await listed(here)
    answer = await here.call("DELETE", f"{MINE}/{mine['signInId']}")
    assert answer.status == 204
    assert here.cookies() == {}


async def test_all_others_are_signed_out_at_once(site: Site) -> None:
    """However many; nobody else's are."""
    here, eve = await site.person("Ada"), await site.person("Eve")
    others = [await another(site, here) for _ in range(3)]
    assert (await here.call("DELETE", MINE)).status == 204
    assert sorted(site.tables.gone) == sorted(hash_of(one) for one in others)
    assert [await is_signed_in(one) for one in (here, eve, *others)] == [True, True, False, False, False]
    assert len(await listed(here)) == 1


@pytest.mark.parametrize("sign_in", ["0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d", "x", "%00", "a" * 2_000])
async def test_what_is_nobodys_cannot_be_ended(site: Site, sign_in: str) -> None:
    """An unknown id, and one that is none."""
    ada = await site.person("Ada")
    answer = await ada.call("DELETE", f"{MINE}/{sign_in}")
    assert (answer.status, answer.code) == (404, "not_found")


async def test_the_device_of_another_cannot_be_ended(site: Site) -> None:
    """Its id is as unknown as any."""
    ada, eve = await site.person("Ada"), await site.person("Eve")
    [theirs] = await listed(ada)
    unknown = await eve.call("DELETE", f"{MINE}/{uuid4()}")
    answer = await eve.call("DELETE", f"{MINE}/{theirs['signInId']}")
    assert (answer.status, answer.raw) == (404, unknown.raw)
    assert await is_signed_in(ada)


async def test_what_is_half_sent_is_too_late(site: Site) -> None:
    """A campaign whose maker is signed out from elsewhere before the body has come is not made."""
    lost = await site.person("Ada")
    here = await another(site, lost)
    halves = Halves(b'{"name": "Coast"}')
    calling = asyncio.create_task(lost.call("POST", "/api/campaigns", data=halves))
    await halves.began.wait()
    await asyncio.sleep(0.05)
    assert (await here.call("DELETE", MINE)).status == 204
    halves.go_on.set()
    answer = await calling
    assert (answer.status, answer.code) == (401, "not_signed_in")
    assert (await here.call("GET", "/api/campaigns")).content == {"campaigns": []}


async def test_the_cookie_is_kept_while_it_is_used(site: Site) -> None:
    """Each page asks who one is, and with the answer comes the same cookie for as long as before."""
    ada = await site.person("Ada")
    (token,) = ada.cookies().values()
    answer = await ada.call("GET", "/api/me")
    cookie, *flags = answer.headers["Set-Cookie"].split("; ")
    assert cookie == f"fogbound_session={token}"
    assert sorted(flags) == ["HttpOnly", "Max-Age=15638400", "Path=/", "SameSite=Lax"]
    assert "Set-Cookie" not in (await (await site.browser()).call("GET", "/api/me")).headers


@pytest.mark.parametrize(("days", "max_age"), [(1, 2 * 86_400), (399, 400 * 86_400), (3_000, 400 * 86_400)])
async def test_the_cookie_lives_as_long_as_the_sign_in(database: str, days: int, max_age: int) -> None:
    """Though no browser keeps one for more than 400 days."""
    async with a_site(database, sign_in_days=days) as site:
        answer = await (await site.browser()).call("POST", "/api/people", {"name": "Ada"})
        assert f"Max-Age={max_age};" in answer.headers["Set-Cookie"]


async def test_an_expired_cookie_is_worth_nothing(site: Site, database: str) -> None:
    """As if there were none."""
    ada = await site.person("Ada")
    with psycopg.connect(database) as connection:
        connection.execute("update sign_in set expires_at = now()")
    answer = await ada.call("GET", "/api/me")
    assert (answer.status, answer.code) == (401, "not_signed_in")


@pytest.mark.parametrize(
    ("user_agent", "label"),
    [
        (PHONE, "Firefox on Android"),
        (
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0"
                " Safari/537.36 Edg/130.0.0.0"
            ),
            "Edge on Windows",
        ),
        (
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0"
                " Safari/605.1.15"
            ),
            "Safari on macOS",
        ),
        (
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
                " CriOS/130.0.6723.37 Mobile/15E148 Safari/604.1"
            ),
            "Chrome on iPhone",
        ),
        (
            (
                "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0"
                " Chrome/122.0.0.0 Mobile Safari/537.36"
            ),
            "Samsung Internet on Android",
        ),
        (
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36",
            "Chrome on ChromeOS",
        ),
        ("Firefox/1.0", "Firefox"),
        ("curl/8.5.0", "curl"),
        ("Python/3.11 aiohttp/3.10", "Python"),
        ("Mozilla/5.0 (something)", ""),
        ("", ""),
        ("\u202egnp.exe", ""),
        ("<script>alert(1)</script>", ""),
        ("x" * 5_000, "x" * MAX_LABEL),
    ],
)
def test_what_a_device_is_called(user_agent: str, label: str) -> None:
    """In words of ours, or by the plain name of a program."""
    assert device_label(user_agent) == label
    assert len(label) <= MAX_LABEL
