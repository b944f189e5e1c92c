"""The page that a player's session is handed on as: it replays without a server, and holds nothing that was hidden."""

from __future__ import annotations

import json
import re
from pathlib import Path
from uuid import UUID

import pytest
from playwright.async_api import Browser, expect

from domain.ids import CampaignId
from projections.viewer_state import ViewerState
from tests.end_to_end.browser.conftest import TableMaker
from tests.end_to_end.browser.test_replay import an_evening, at
from tests.end_to_end.browser.the_map import settled, state_of
from tests.end_to_end.browser.visitors import Visitors
from tests.transport.web.folded import known
from transport.cli.looking_back import share
from transport.settings import Settings

pytestmark = pytest.mark.asyncio(loop_scope="session")

LINES = re.compile(r'<script type="application/x-ndjson" id="timeline">\n(.*?)</script>', re.DOTALL)


async def test_a_share_replays_what_a_player_saw_and_holds_nothing_else(
    set_table: TableMaker, people: Visitors, browser: Browser, tmp_path: Path
) -> None:
    """Searched for what Bo never knew; opened from the disk of somebody who has no network; equal at every event."""
    evening = await an_evening(set_table, people)
    bo = evening.user("Bo")
    campaign = CampaignId(UUID(evening.table.campaign))
    file = tmp_path / "bo.html"
    await share(Settings(database_url=evening.table.database), campaign, file, 1, "Bo")
    text = file.read_text("utf-8")
    for hidden in ('"41,0"', '"41,1"', '"42,1"', '"43,2"', "dragon hoard", "swamp", '"actor"', '"staged'):
        assert hidden not in text.split('id="share">')[1], hidden
    (lines,) = LINES.findall(text)
    path = f"{evening.table.url}/api/campaigns/{evening.table.campaign}/sessions/1/timeline?as={bo}"
    async with evening.table.dm.http.get(path) as answer:
        told = [json.loads(line) for line in (await answer.text()).splitlines()]
    start, *rest = [json.loads(line) for line in lines.splitlines()]
    # What Bo is told begins with Bo's joining.
    assert (start["state"], rest) == (told[0]["state"], told[1:])

    context = await browser.new_context(offline=True, viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    troubles: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(file.as_uri())
    await expect(page.locator(".view-caption").first).to_contain_text("Bo")
    state = ViewerState.of(told[0]["state"])
    assert await state_of(page) == known(state)
    for place, line in enumerate(told[1:], start=1):
        await page.keyboard.press("ArrowRight")
        await at(page, place)
        for message in line["messages"]:
            state.apply(message)
        assert await state_of(page) == known(state)
    await settled(page)
    assert troubles == []
    assert asked == [file.as_uri()]
    await context.close()
