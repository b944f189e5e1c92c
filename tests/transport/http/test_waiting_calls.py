"""A call that waits for its answer is answered with the rights that whoever asked has at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import ClientPayloadError

from tests.domain.store.patience import until
from tests.transport.http.site import Browser, Site, a_site
from transport.accounts import Directory
from transport.history.questions import Answer, HexesThatCame, Question, Report, TakingBack

CALLS = (
    "/sessions",
    "/state?at=2026-03-01T20:15:00Z",
    "/state?eventId=0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
    "/sessions/1/timeline",
    "/report",
)


LARGE = 16 * 1024 * 1024
"""Bytes: more than lie between two programs."""


class SlowHistory:
    """Finds the same for everybody; while the first question waits something happens."""

    def __init__(self) -> None:
        self.asked: list[Question] = []
        self.answer = b'{"secret": true}'
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def ask(self, asked: Question) -> Answer:
        self.asked.append(asked)
        if self.meanwhile is not None:
            now, self.meanwhile = self.meanwhile, None
            await now()
        return Answer(self.answer)

    async def close(self) -> None: ...


@pytest.fixture
def history() -> SlowHistory:
    return SlowHistory()


@pytest.fixture
async def waiting_site(database: str, history: SlowHistory) -> AsyncIterator[Site]:
    async with a_site(database, history=history) as made:
        yield made


async def the_dms(site: Site) -> tuple[str, Browser, Browser]:
    """A campaign, and its two DMs."""
    dee = await site.person("Dee")
    campaign = await site.campaign(dee)
    return campaign, dee, await site.member(dee, campaign, "Eve", "dm")


@pytest.mark.parametrize("call", CALLS)
async def test_who_is_removed_meanwhile_gets_nothing(waiting_site: Site, history: SlowHistory, call: str) -> None:
    """Though the question was taken while Eve was a DM."""
    campaign, dee, eve = await the_dms(waiting_site)
    history.meanwhile = lambda: dee.call("DELETE", f"{campaign}/members/{eve.user_id}")
    try:
        answer = await eve.call("GET", campaign + call)
    except ClientPayloadError:  # a timeline has begun, and breaks off
        return
    assert (answer.status, b"secret" in answer.raw) == (404, False)


@pytest.mark.parametrize(("call", "slow"), [("/invites", "invites"), ("/members", "roster")])
@pytest.mark.parametrize("end", [("DELETE", None), ("PATCH", {"role": "player"})])
async def test_a_list_is_for_who_may_read_it_in_the_end(
    waiting_site: Site, monkeypatch: pytest.MonkeyPatch, call: str, slow: str, end: tuple[str, object]
) -> None:
    """Eve is removed or demoted after she was let ask and before it is read: what was made since is not for her."""
    campaign, dee, eve = await the_dms(waiting_site)
    look, made = getattr(Directory, slow), list[str]()

    async def look_late(directory: Directory, *arguments: object) -> object:
        if not made:
            made.append("")  # once
            answer = await dee.call(end[0], f"{campaign}/members/{eve.user_id}", end[1])
            assert answer.status in (200, 204)
            made.append((await dee.call("POST", f"{campaign}/invites", {"role": "dm"})).content["inviteId"])
        return await look(directory, *arguments)

    monkeypatch.setattr(Directory, slow, look_late)
    answer = await eve.call("GET", campaign + call)
    assert made[1].encode() not in answer.raw
    assert b"invite" not in answer.raw
    # A player may read who is a member.
    assert answer.status == (404 if end[0] == "DELETE" else 403 if call == "/invites" else 200)


async def test_a_timeline_ends_for_who_came_back_by_a_link(waiting_site: Site, history: SlowHistory) -> None:
    """What it was asked for began with the joining of before."""
    campaign, dee, _ = await the_dms(waiting_site)
    bo = await waiting_site.member(dee, campaign, "Bo")

    async def goes_and_comes() -> None:
        await dee.call("DELETE", f"{campaign}/members/{bo.user_id}")
        token = await waiting_site.invite(dee, campaign)
        assert (await bo.call("POST", "/api/invites/redeem", {"token": token})).status == 200

    history.meanwhile = goes_and_comes
    with pytest.raises(ClientPayloadError):
        await bo.call("GET", campaign + "/sessions/1/timeline")


@pytest.mark.parametrize("call", CALLS)
async def test_who_is_demoted_meanwhile_gets_what_a_player_may_know(
    waiting_site: Site, history: SlowHistory, call: str
) -> None:
    """It is asked again, with a player's view; a report is for DMs alone."""
    campaign, dee, eve = await the_dms(waiting_site)
    history.meanwhile = lambda: dee.call("PATCH", f"{campaign}/members/{eve.user_id}", {"role": "player"})
    try:
        answer = await eve.call("GET", campaign + call)
    except ClientPayloadError:
        return
    if answer.status == 200:
        last = history.asked[-1]
        assert not isinstance(last, Report | HexesThatCame | TakingBack)
        assert (last.viewer.role, last.viewer.user, last.viewer.since is None) == ("player", eve.user_id, False)
    else:
        assert (answer.status, call) == (403, "/report")


@pytest.mark.parametrize("call", ["/sessions", "/report", "/map"])
async def test_a_turn_lasts_until_the_answer_is_taken(waiting_site: Site, history: SlowHistory, call: str) -> None:
    """Else somebody who reads nothing could have very many answers lie in memory."""
    campaign, dee, _ = await the_dms(waiting_site)
    history.answer = b'{"much": "' + b"x" * LARGE + b'"}'
    waiting_site.tables.hexes = LARGE // 50
    async with dee.session.get(f"{campaign}{call}") as response:
        assert response.status == 200
        assert waiting_site.turns._of
        assert len(await response.read()) > LARGE
        await until(lambda: not waiting_site.turns._of)
