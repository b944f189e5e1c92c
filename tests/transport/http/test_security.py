"""What keeps other sites out."""

from __future__ import annotations

import pytest

from tests.transport.http.site import Site, a_site


@pytest.mark.parametrize("path", ["/healthz", "/api/me", "/nothing", "/api/people"])
async def test_every_answer_has_the_security_headers(site: Site, path: str) -> None:
    """Good answers and errors alike say that nothing is to be guessed, framed or run from elsewhere."""
    headers = (await (await site.browser()).call("GET", path)).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers.get("Cache-Control") == ("no-store" if path.startswith("/api/") else None)


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://["},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://127.0.0.1.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
]


@pytest.mark.parametrize("headers", FOREIGN)
async def test_another_site_changes_nothing(site: Site, headers: dict[str, str]) -> None:
    """A call with our cookie, but from a page of another site, is 403 and without effect; reading is not."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    refused = [
        await ada.call("POST", "/api/campaigns", {"name": "Trap"}, headers=headers),
        await ada.call("POST", "/api/people", {"name": "Eve"}, headers=headers),
        await ada.call("POST", "/api/invites/redeem", {"token": "x"}, headers=headers),
        await ada.call("DELETE", f"{campaign}/members/{ada.user_id}", headers=headers),
        await ada.call("DELETE", "/api/session", headers=headers),
    ]
    assert [(answer.status, answer.code) for answer in refused] == [(403, "forbidden")] * 5
    mine = await ada.call("GET", "/api/campaigns", headers=headers)
    assert len(mine.content["campaigns"]) == 1


async def test_the_own_site_and_programs_may(site: Site) -> None:
    """Our own pages' origin, in any case, and programs that send neither header are let in."""
    own = str(site.url).rstrip("/")
    ada = await site.person("Ada")
    for headers in (
        {},
        {"Origin": own},
        {"Origin": own.upper()},
        {"Origin": own, "Sec-Fetch-Site": "same-origin"},
    ):
        assert (await ada.call("POST", "/api/campaigns", {"name": "Coast"}, headers=headers)).status == 201


async def test_origins_on_the_list_may(database: str) -> None:
    """The list and the public URL are let in, and nobody who merely looks like them."""
    origins = "https://maps.example http://localhost:3000"
    async with a_site(database, allowed_origins=origins, public_url="https://fog.example") as site:
        browser = await site.browser()
        for origin, site_of_call, status in [
            ("https://maps.example", "cross-site", 201),
            ("http://localhost:3000", "same-site", 201),
            ("https://fog.example", "same-origin", 201),
            ("https://fog.example", "none", 201),
            ("http://maps.example", "cross-site", 403),
            ("https://maps.example:8443", "cross-site", 403),
            ("https://maps.example.evil.example", "cross-site", 403),
        ]:
            headers = {"Origin": origin, "Sec-Fetch-Site": site_of_call}
            answer = await browser.call("POST", "/api/people", {"name": "Ada"}, headers=headers)
            assert answer.status == status, origin
