"""The report in a real browser: the page of the DM, and the file that needs no server."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Page, expect

from domain.ids import CampaignId
from tests.end_to_end.browser.conftest import TableMaker
from tests.end_to_end.browser.test_replay import Evening, an_evening
from tests.end_to_end.browser.visitors import Visitors
from transport.accounts import Directory
from transport.analytics.report.file import report_file
from transport.analytics.report.reports import Reports
from transport.database import connection_pool

pytestmark = pytest.mark.asyncio(loop_scope="session")

PICTURES = ("evenings", "shown", "waits", "outcomes", "terrain", "known", "attendance", "map")
ODD = "<b>A</b><a href='https://example.org'>d</a> &lt; %{y}"
"""A name."""
SIZES = ((1280, 800), (820, 1180), (390, 844))


async def fed(database: str) -> None:
    """The server brings the evening into the tables."""
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        async with asyncio.timeout(30):
            while True:
                question = "select min(position) >= (select max(position) from event_log) from analytics.progress"
                if (await (await connection.execute(question)).fetchall())[0][0]:
                    return
                await asyncio.sleep(0.05)


async def axe(page: Page) -> list[str]:
    """What is wrong for who sees little or listens."""
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in (await Axe().run(page)).response["violations"]]


async def pictures_fit(page: Page) -> None:
    """Each fills its place and no more, also after the window has changed."""
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        for name in PICTURES:
            await expect(page.locator(f"#{name} .main-svg").first).to_be_visible()
        await page.wait_for_function(
            "() => [...document.querySelectorAll('.picture')].every((one) => "
            "['clientWidth', 'clientHeight'].every((side) => "
            "Math.abs(one[side] - one.querySelector('.main-svg')[side]) <= 1) && one.clientHeight > 100)"
        )
        assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_a_dm_finds_it_on_the_table_page(set_table: TableMaker, people: Visitors, database: str) -> None:
    """Numbers, headings and pictures, at every size, with styles that the policy lets through."""
    evening = await an_evening(set_table, people)
    await fed(database)
    page = await evening.page_of()
    await page.get_by_role("link", name="Report").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Fog")
    await expect(page.locator(".numbers")).to_contain_text("7hexes found")
    assert await page.locator("section h2").count() == len(PICTURES)
    await expect(page.get_by_role("heading", name="7 of 16 hexes have been found")).to_be_visible()
    await pictures_fit(page)
    await expect(page.locator(".modebar").first).to_be_attached()
    assert await page.evaluate("getComputedStyle(document.querySelector('.modebar')).position") == "absolute"
    assert await axe(page) == []
    await page.get_by_role("link", name="To the live table").click()
    await expect(page.get_by_text("Connected", exact=True)).to_be_visible()


async def test_players_have_none(set_table: TableMaker, people: Visitors) -> None:
    """No link, and no way around it."""
    evening: Evening = await an_evening(set_table, people)
    page = await evening.page_of("Ada")
    await expect(page.get_by_role("link", name="Replay")).to_be_visible()
    await expect(page.get_by_role("link", name="Report")).to_be_hidden()
    await page.goto(f"/report/{evening.table.campaign}")
    await expect(page.get_by_role("alert")).to_be_visible()
    assert await page.locator("section h2, .picture").count() == 0


async def test_the_file_opens_anywhere(set_table: TableMaker, people: Visitors, database: str, tmp_path: Path) -> None:
    """Without a network it is the same page, and it asks nobody for anything."""
    evening = await an_evening(set_table, people)
    await fed(database)
    campaign = CampaignId(UUID(evening.table.campaign))
    async with connection_pool(database) as pool:
        members = await Directory(pool).roster(campaign)
        ada = next(one for one in members.values() if one.name == "Ada")
        members[ada.user_id] = replace(ada, name=ODD)
        report = await Reports(pool).of_campaign(campaign, "<img src=x onerror=alert(1)>", members)
    (tmp_path / "report.html").write_bytes(report_file(report))
    page = await people.somebody()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.context.set_offline(True)
    await page.goto((tmp_path / "report.html").as_uri())
    await expect(page.get_by_role("heading", level=1)).to_have_text("<img src=x onerror=alert(1)>")
    await expect(page.locator(".numbers")).to_contain_text("7hexes found")
    await pictures_fit(page)
    await expect(page.locator("#known .legendtext").filter(has_text=ODD)).to_have_count(1)
    await expect(page.locator("#attendance .ytick").filter(has_text=ODD)).to_have_count(1)
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert await axe(page) == []
