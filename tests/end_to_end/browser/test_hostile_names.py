"""Names that want to be more than names, in every place where a page shows them, with a real browser."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.end_to_end.browser.actions import make_invite, panel, press, reveal
from tests.end_to_end.browser.conftest import TableMaker
from tests.end_to_end.browser.test_map import bring_in, map_file
from tests.end_to_end.browser.visitors import Visitors

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAMES = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "\"><svg onload=alert(1)><a href='javascript:alert(1)'>x",
    "javascript:alert(1)",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)}",
    "&lt;b&gt;&#60;b&#62;\\u003cb\\u003e",
    "__proto__",
    "constructor",
    "W" * 64,
    "\U0001f409" * 64,
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629 < b > (1)",
    "Z" + "\u0353\u030d" * 31,
)
"""At most 64 characters, as for people and terrains."""
CAMPAIGN = "</title></script><script>alert(1)</script><img src=x onerror=alert(1)>" + "W" * 30
SIZES = ((1280, 800), (768, 1024))
OUT_OF_BOUNDS = """
    [document.documentElement, ...document.querySelectorAll("li, p:not(.unseen), h1, section, header, aside")]
        .filter((element) => element.scrollWidth > element.clientWidth)
        .filter((element) => getComputedStyle(element).display !== "inline")
        .map((element) => `${element.tagName} ${element.className} ${element.textContent.slice(0, 60)}`)
"""
MADE_OF_TEXT = """
    [...document.querySelectorAll("img:not([src='/static/icon.svg']), iframe, object, embed, b, script:not([src]), " +
        "[href^=javascript], [onload], [onerror]")].map((element) => element.outerHTML)
"""


async def sees_only_text(page: Page, *texts: str) -> None:
    """In both sizes: the texts stand there as they are, made no element, and push nothing out of the page."""
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        for text in texts:
            await expect(page.locator("body")).to_contain_text(text)
        assert await page.evaluate(MADE_OF_TEXT) == []
        assert await page.evaluate(OUT_OF_BOUNDS) == [], (page.url, width)


async def test_names_stay_names(set_table: TableMaker, people: Visitors) -> None:
    """Of campaigns, people, terrains and maps: on every page of a DM and a player no script runs, the layout holds."""
    table = await set_table()
    dee = await people.at_home(NAMES[0])
    await dee.get_by_label("Name of the campaign").fill(CAMPAIGN)
    await press(dee, "Create campaign")
    link = await make_invite(dee)
    for name in NAMES[2:]:
        token = link.partition("#")[2]
        await table.new_person().call("POST", "/api/invites/redeem", {"token": token, "name": name})
    ada = await people.by_link(link, NAMES[1])
    await bring_in(dee, map_file([(q, 0, name) for q, name in enumerate(NAMES)], name=CAMPAIGN[:64]))
    await reveal(dee, " ".join(f"{q},0" for q in range(len(NAMES))))
    await press(dee, "Stage first")
    await dee.get_by_label("Hex keys").fill("0,0")
    await dee.get_by_label("Terrain", exact=True).fill(NAMES[1])
    await press(dee, "Stage terrain")
    await expect(dee.locator("body")).to_contain_text("Publish 1 staged change")
    for name in ("Play", "People", "Map"):
        await panel(dee, name)
        await sees_only_text(dee, CAMPAIGN, *NAMES)
    await sees_only_text(ada, CAMPAIGN, *NAMES)
    for page, name in ((dee, NAMES[0]), (ada, NAMES[1])):
        await page.goto("/")
        await sees_only_text(page, CAMPAIGN, name)
        await page.goto(link)
        await sees_only_text(page, name)
    # An alert would have stopped a page, and a script that the policy stopped would have been told as a trouble.
    assert people.troubles == []
