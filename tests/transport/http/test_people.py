"""Signing up, who am I, signing out."""

from __future__ import annotations

import hashlib
import re
from uuid import UUID

import psycopg
import pytest

from tests.transport.http.site import Site, a_site
from transport.accounts import OPERATOR


async def test_signing_up_makes_a_person_and_signs_them_in(site: Site) -> None:
    """POST /api/people answers 201 with an id and the name, and the cookie it sets is a sign-in."""
    browser = await site.browser()
    answer = await browser.call("POST", "/api/people", {"name": "Ada"})
    assert answer.status == 201
    assert answer.content == {"userId": str(UUID(answer.content["userId"])), "name": "Ada"}
    me = await browser.call("GET", "/api/me")
    assert (me.status, me.content) == (200, answer.content)


async def test_a_name_is_stored_as_it_is_answered(site: Site) -> None:
    """Names are normalised and trimmed, and white space in them is folded, before anybody sees them."""
    answer = await (await site.browser()).call("POST", "/api/people", {"name": "  Zoe\u0308 \t\n the  Bold "})
    assert answer.content["name"] == "Zo\u00eb the Bold"


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"name": None},
        {"name": 5},
        {"name": ""},
        {"name": " \t\u3000 "},
        {"name": "x" * 65},
        {"name": "Ada\u202egnp.exe"},
        {"name": "A\u200bda"},
        {"name": "A\x00da"},
        {"name": "A\ud800da"},
        [],
        "Ada",
        7,
    ],
)
async def test_bad_names_are_refused(site: Site, database: str, content: object) -> None:
    """A name that is missing, empty, too long or deceptive is a bad_request, and nobody comes to be."""
    answer = await (await site.browser()).call("POST", "/api/people", content)
    assert (answer.status, answer.code) == (400, "bad_request")
    assert "Set-Cookie" not in answer.headers
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from person").fetchone() == (0,)


async def test_the_cookie_is_kept_from_scripts_and_other_sites(site: Site) -> None:
    """On http the cookie is HttpOnly, SameSite=Lax, for the whole site and without a domain, and lasts."""
    answer = await (await site.browser()).call("POST", "/api/people", {"name": "Ada"})
    name, *flags = answer.headers["Set-Cookie"].split("; ")
    assert re.fullmatch(r"fogbound_session=[A-Za-z0-9_-]{43}", name)
    assert sorted(flags) == ["HttpOnly", "Max-Age=15638400", "Path=/", "SameSite=Lax"]


async def test_the_cookie_is_secure_on_https(database: str) -> None:
    """On https the cookie is Secure and has the __Host- prefix; a plain one is not believed."""
    async with a_site(database, public_url="https://fog.example") as site:
        browser = await site.browser()
        answer = await browser.call("POST", "/api/people", {"name": "Ada"})
        cookie, *flags = answer.headers["Set-Cookie"].split("; ")
        name, token = cookie.split("=")
        assert name == "__Host-fogbound_session"
        assert sorted(flags) == ["HttpOnly", "Max-Age=15638400", "Path=/", "SameSite=Lax", "Secure"]
        secure = await browser.call("GET", "/api/me", headers={"Cookie": f"__Host-fogbound_session={token}"})
        plain = await browser.call("GET", "/api/me", headers={"Cookie": f"fogbound_session={token}"})
        assert (secure.status, plain.status) == (200, 401)


@pytest.mark.parametrize("cookie", ["", "x", "a" * 43, "\u00e9", "a" * 5_000, '"', "' or 1=1 --"])
async def test_without_a_valid_cookie_nobody_is_signed_in(site: Site, cookie: str) -> None:
    """No cookie, an invented one and a broken one all answer 401 not_signed_in."""
    browser = await site.browser()
    for headers in ({}, {"Cookie": f"fogbound_session={cookie}"}):
        for method, path in [("GET", "/api/me"), ("DELETE", "/api/session")]:
            answer = await browser.call(method, path, headers=headers)
            assert (answer.status, answer.code) == (401, "not_signed_in")


async def test_only_the_hash_of_a_cookie_is_stored(site: Site, database: str) -> None:
    """What lies in the table is the SHA-256 of the cookie; the cookie itself is nowhere in the database."""
    browser = await site.person("Ada")
    (token,) = browser.cookies().values()
    with psycopg.connect(database) as connection:
        rows = connection.execute("select token_hash from sign_in").fetchall()
        assert [bytes(row[0]) for row in rows] == [hashlib.sha256(token.encode()).digest()]
        tables = connection.execute("select format('%I.%I', schemaname, relname) from pg_stat_user_tables").fetchall()
        for (table,) in tables:
            stored = str(connection.execute(f"select x::text from {table} x").fetchall())
            assert token not in stored
            assert token.encode().hex() not in stored


async def test_signing_out_stops_this_cookie_only(site: Site) -> None:
    """After DELETE /api/session the cookie is worthless, while the person's other cookies stay good."""
    here = await site.person("Ada")
    elsewhere = await site.browser()
    other = await site.directory.sign_in(here.user_id)
    elsewhere.session.cookie_jar.update_cookies({"fogbound_session": other}, site.url)
    (token,) = here.cookies().values()

    answer = await here.call("DELETE", "/api/session")
    assert (answer.status, answer.raw) == (204, b"")
    assert here.cookies() == {}
    stolen = await here.call("GET", "/api/me", headers={"Cookie": f"fogbound_session={token}"})
    assert stolen.status == 401
    assert (await elsewhere.call("GET", "/api/me")).content["userId"] == here.user_id
    assert site.tables.gone == [hashlib.sha256(token.encode()).digest()]


async def test_sign_up_can_be_closed(database: str) -> None:
    """With signup: invite nobody signs up by themselves, but an invite still lets people in."""
    async with a_site(database, signup="invite") as site:
        answer = await (await site.browser()).call("POST", "/api/people", {"name": "Ada"})
        assert (answer.status, answer.code) == (403, "forbidden")
        owner = await site.directory.create_person("Dee")
        campaign = await site.directory.create_campaign("Coast", owner, by=OPERATOR)
        invite = await site.directory.create_invite(campaign, "player", by=OPERATOR)
        content = {"token": invite.token, "name": "Ada"}
        assert (await (await site.browser()).call("POST", "/api/invites/redeem", content)).status == 200


async def test_sign_ups_of_one_address_are_limited(database: str) -> None:
    """Past the limit a sign-up answers 429 and says when to come again; other calls go on."""
    async with a_site(database, sign_ups_per_minute=3) as site:
        browser = await site.person("One")
        await site.person("Two")
        await site.person("Three")
        answer = await (await site.browser()).call("POST", "/api/people", {"name": "Four"})
        assert (answer.status, answer.code) == (429, "too_many_tries")
        assert 1 <= int(answer.headers["Retry-After"]) <= 20
        assert (await browser.call("GET", "/api/me")).status == 200
