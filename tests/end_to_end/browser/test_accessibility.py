"""Every page and state for who sees little, uses no mouse, or listens; with axe, a real browser and a real server."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Page, expect

from tests.end_to_end.browser.actions import dm_and_player, make_invite, panel, press, reveal, set_terrain
from tests.end_to_end.browser.conftest import TableMaker
from tests.end_to_end.browser.test_replay import an_evening, go_to, open_replay
from tests.end_to_end.browser.the_map import place_of
from tests.end_to_end.browser.visitors import Visitors

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIZES = ((1280, 800), (820, 1180), (390, 844))


async def faults(page: Page) -> list[str]:
    """What axe finds, in both colour schemes."""
    found: list[str] = []
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        violations: list[dict[str, Any]] = (await Axe().run(page)).response["violations"]
        found += [
            f"{scheme}: {fault['impact']} {fault['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
            for fault in violations
            for node in fault["nodes"]
        ]
    return found


async def test_axe_finds_nothing_at_the_doors(set_table: TableMaker, people: Visitors) -> None:
    """Start page, sign-up, campaigns, join page, broken links."""
    await set_table()
    guest = await people.somebody()
    for address in ("/", "/join", "/join#token", "/table/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"):
        await guest.goto("about:blank")
        await guest.goto(address)
        await expect(guest.locator("main")).to_be_visible()
        assert await faults(guest) == [], address
    page = await people.at_home("Cy")
    await expect(page.get_by_text("None yet.")).to_be_visible()
    assert await faults(page) == []


async def test_axe_finds_nothing_in_a_replay(set_table: TableMaker, people: Visitors) -> None:
    """The DM with one map and with two, at the beginning and in the middle, with a hex's story; a player."""
    evening = await an_evening(set_table, people)
    dm, ada = await evening.page_of(), await evening.page_of("Ada")
    for page in (dm, ada):
        await open_replay(evening, page)
        assert await faults(page) == []
        await go_to(page, 5)
        assert await faults(page) == []
    await dm.get_by_label("Compare with").select_option(label="Bo")
    await dm.mouse.move(*await place_of(dm, "41,0"))
    await press(dm, "Copy link to this moment")
    assert await faults(dm) == []


async def test_axe_finds_nothing_at_the_table(set_table: TableMaker, people: Visitors) -> None:
    """The DM with every panel, tool and question open, a player in every status, through other eyes."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    assert await faults(player) == []
    await make_invite(dm)
    await set_terrain(dm, "0,0 1,0 2,0", "forest")
    await reveal(dm, "0,0 1,0")
    await press(dm, "Start session")
    for name in ("Reveal", "Terrain"):
        await press(dm, name)
        assert await faults(dm) == [], name
    await press(dm, "Stage first")
    await reveal(dm, "2,0")
    await press(dm, "Show at once")
    await press(dm, "End session")
    await press(dm, "Stage reveal")
    assert await faults(dm) == []
    await dm.locator(".two-steps", has_text="End the session?").get_by_role("button", name="Go on playing").click()
    await panel(dm, "People")
    row = dm.locator(".people li", has_text="Ada")
    await row.locator("summary").click()
    assert await faults(dm) == []
    await row.get_by_role("button", name="Remove").click()
    await expect(row.get_by_role("checkbox", name="Also revoke")).to_be_visible()
    assert await faults(dm) == []
    await press(dm, "Keep")
    await press(dm, "Remove several…")
    await dm.get_by_label("Choose Ada").check()
    assert await faults(dm) == []
    await press(dm, "Remove 1 person")
    await expect(dm.get_by_role("button", name="Remove now")).to_be_enabled()
    assert await faults(dm) == []
    await panel(dm, "Map")
    assert await faults(dm) == []
    await dm.get_by_label("See as").select_option(label="Ada")
    assert await faults(dm) == []
    await press(dm, "Back to the DM’s view")
    await press(dm, "Keys")
    assert await faults(dm) == []
    await press(dm, "Close")
    await panel(dm, "Play")
    await press(dm, "Pause")
    await expect(player.get_by_text("The DM has paused the session.")).to_be_visible()
    for width, height in SIZES:
        for page in (dm, player):
            await page.set_viewport_size({"width": width, "height": height})
            assert await faults(page) == [], width


async def test_everything_is_reached_by_keyboard(set_table: TableMaker, people: Visitors) -> None:
    """Tab goes through all that can be used, with a frame around where one is; a DM plays without a mouse."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    await set_terrain(dm, "0,0 1,0", "forest")
    await expect(dm.get_by_label("Hex keys")).to_have_value("")
    usable = await dm.evaluate(USABLE)
    await dm.evaluate("document.activeElement.blur()")
    reached: set[str] = set()
    for _ in range(3 * len(usable)):
        await dm.keyboard.press("Tab")
        reached |= set(await dm.evaluate(FOCUSED))
    assert set(usable) - reached == set()
    await dm.get_by_role("tab", name="Play").focus()
    await dm.keyboard.press("ArrowRight")
    await expect(dm.get_by_role("heading", name="Invite")).to_be_visible()
    await dm.keyboard.press("ArrowLeft")
    await dm.keyboard.press("m")
    await dm.keyboard.press("r")
    await dm.keyboard.press("h")
    await dm.keyboard.press("Enter")
    await expect(player.locator(".hex-line")).to_have_text("1 hex known")
    await dm.keyboard.press("?")
    await expect(dm.get_by_role("dialog")).to_be_visible()
    await dm.keyboard.press("Escape")
    await expect(dm.get_by_role("dialog")).to_be_hidden()


# Radio buttons of a group and the tabs of a row are one stop: the arrows go on from there.
USABLE = """() => [...document.querySelectorAll(
        "button, a, input:not([type=radio]), select, textarea, summary, [tabindex='0']")]
    .filter((it) => it.checkVisibility() && !it.disabled && it.getAttribute("tabindex") !== "-1" && it.tabIndex >= 0)
    .map((it, i) => (it.dataset.stop = String(i)))"""
FOCUSED = """() => {
    const it = document.activeElement;
    const style = getComputedStyle(it);
    const isSeen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return isSeen && it.dataset.stop ? [it.dataset.stop] : [];
}"""
