"""Making campaigns and listing one's own."""

from __future__ import annotations

from uuid import UUID, uuid4

import psycopg
import pytest

from tests.transport.http.site import Site

CALLS = [
    ("POST", "/api/campaigns"),
    ("GET", "/api/campaigns"),
    ("GET", "/api/campaigns/{id}/members"),
    ("PATCH", "/api/campaigns/{id}/members/{id}"),
    ("DELETE", "/api/campaigns/{id}/members/{id}"),
    ("POST", "/api/campaigns/{id}/invites"),
    ("GET", "/api/campaigns/{id}/invites"),
    ("DELETE", "/api/campaigns/{id}/invites/{id}"),
    ("POST", "/api/campaigns/{id}/map"),
    ("GET", "/api/campaigns/{id}/map"),
    ("DELETE", "/api/campaigns/{id}"),
]


async def test_who_makes_a_campaign_is_its_dm(site: Site) -> None:
    """POST /api/campaigns answers 201 with the id, the name and the role of its maker."""
    ada = await site.person("Ada")
    answer = await ada.call("POST", "/api/campaigns", {"name": " The  Coast "})
    assert answer.status == 201
    campaign = answer.content["campaignId"]
    assert answer.content == {"campaignId": str(UUID(campaign)), "name": "The Coast", "role": "dm"}
    mine = await ada.call("GET", "/api/campaigns")
    assert mine.content == {
        "campaigns": [{"campaignId": campaign, "name": "The Coast", "role": "dm", "status": "waiting"}]
    }


@pytest.mark.parametrize("name", [None, 3, "", "  ", "x" * 101, "a\u202eb", "a\u0000b"])
async def test_bad_campaign_names_are_refused(site: Site, name: object) -> None:
    """The same rules as for people, with room for 100 characters."""
    ada = await site.person("Ada")
    answer = await ada.call("POST", "/api/campaigns", {"name": name})
    assert (answer.status, answer.code) == (400, "bad_request")
    assert answer.message.startswith("name: ")
    assert (await ada.call("POST", "/api/campaigns", {"name": "x" * 100})).status == 201


async def test_everybody_lists_their_own_campaigns(site: Site) -> None:
    """GET /api/campaigns holds those one is a member of, with one's role, and no others."""
    ada, bo, eve = await site.person("Ada"), await site.person("Bo"), await site.person("Eve")
    first, second = await site.campaign(ada, "First"), await site.campaign(bo, "Second")
    token = await site.invite(bo, second)
    assert (await ada.call("POST", "/api/invites/redeem", {"token": token})).status == 200

    def seen(content: dict[str, list[dict[str, str]]]) -> list[tuple[str, str, str]]:
        return [(f"/api/campaigns/{c['campaignId']}", c["name"], c["role"]) for c in content["campaigns"]]

    assert seen((await ada.call("GET", "/api/campaigns")).content) == [
        (first, "First", "dm"),
        (second, "Second", "player"),
    ]
    assert seen((await bo.call("GET", "/api/campaigns")).content) == [(second, "Second", "dm")]
    assert seen((await eve.call("GET", "/api/campaigns")).content) == []


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([], "waiting"),
        (["hexes_updated"], "waiting"),
        (["session_started", "hexes_revealed"], "active"),
        (["session_started", "session_paused", "player_left"], "paused"),
        (["session_started", "session_paused", "session_resumed"], "active"),
        (["session_started", "session_ended", "hexes_updated"], "ended"),
        (["session_started", "session_ended", "session_started"], "active"),
    ],
)
async def test_the_status_is_that_of_the_log(site: Site, database: str, events: list[str], status: str) -> None:
    """A campaign's status in the list is what its newest event about the session says."""
    ada = await site.person("Ada")
    campaign = (await site.campaign(ada)).rpartition("/")[2]
    await site.campaign(ada, "Another")
    with psycopg.connect(database) as connection:
        for version, kind in enumerate(events, start=1):
            connection.execute(
                "insert into event_log (campaign_id, version, event_id, type,"
                " schema_version, recorded_at, actor, data) values (%s, %s, %s, %s, 1, now(), %s, '{}')",
                [campaign, version, uuid4(), kind, ada.user_id],
            )
    mine = (await ada.call("GET", "/api/campaigns")).content["campaigns"]
    assert [one["status"] for one in mine] == [status, "waiting"]


@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_only_those_who_are_signed_in_reach_campaigns(site: Site, method: str, path: str) -> None:
    """Without a session every call about campaigns answers 401, also for ids that are none."""
    browser = await site.browser()
    for one in (str(uuid4()), "nonsense"):
        answer = await browser.call(method, path.format(id=one), {"role": "dm"})
        assert (answer.status, answer.code) == (401, "not_signed_in")


@pytest.mark.parametrize(("method", "path"), CALLS[2:])
async def test_a_strangers_campaign_looks_like_none(site: Site, method: str, path: str) -> None:
    """A campaign of others, an unknown id and a malformed one are answered 404 with the same bytes."""
    ada, eve = await site.person("Ada"), await site.person("Eve")
    theirs = (await site.campaign(ada)).rpartition("/")[2]
    await site.campaign(eve)
    ids = [
        theirs,
        str(uuid4()),
        "x",
        theirs.upper().replace("-", ""),
        f"{{{theirs}}}",
        "..%2f",
        "%00",
        "%ff",
        "a" * 2_000,
        "0",
    ]
    answers = [await eve.call(method, path.replace("{id}", one, 1).replace("{id}", ada.user_id), {}) for one in ids]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.raw for answer in answers}) == 1
    assert answers[0].code == "not_found"
    varying = {"Date"}
    headers = [{k: v for k, v in answer.headers.items() if k not in varying} for answer in answers]
    assert all(one == headers[0] for one in headers)


async def test_an_id_has_one_form(site: Site) -> None:
    """Even to a member a campaign's id in capitals or without hyphens is an unknown one."""
    ada = await site.person("Ada")
    campaign = (await site.campaign(ada)).rpartition("/")[2]
    spellings = [campaign, campaign.upper(), campaign.replace("-", ""), f"urn:uuid:{campaign}"]
    answers = [await ada.call("GET", f"/api/campaigns/{one}/members") for one in spellings]
    assert [answer.status for answer in answers] == [200, 404, 404, 404]


@pytest.mark.parametrize(("method", "path"), [call for call in CALLS[3:] if call != ("GET", "/api/campaigns/{id}/map")])
async def test_what_a_dm_does_no_player_can(site: Site, method: str, path: str) -> None:
    """A player's call of a DM is answered 403 and changes nothing."""
    ada = await site.person("Ada")
    campaign = await site.campaign(ada)
    bo = await site.member(ada, campaign, "Bo")
    invites = (await ada.call("GET", f"{campaign}/invites")).content
    path = path.replace("/api/campaigns/{id}", campaign).format(id=bo.user_id)
    answer = await bo.call(method, path, {"role": "dm"})
    assert (answer.status, answer.code) == (403, "forbidden")
    members = (await ada.call("GET", f"{campaign}/members")).content["members"]
    assert [(one["name"], one["role"]) for one in members] == [("Ada", "dm"), ("Bo", "player")]
    assert (await ada.call("GET", f"{campaign}/invites")).content == invites
    assert site.tables.imported == []
