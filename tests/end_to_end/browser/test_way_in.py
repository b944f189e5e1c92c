"""The way in, the map and the small things of the pages, with a real browser and a real server."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.end_to_end.browser.actions import (
    dm_and_player,
    invite_link,
    make_invite,
    panel,
    press,
    reveal,
    set_terrain,
    sign_in_link,
)
from tests.end_to_end.browser.conftest import TableMaker
from tests.end_to_end.browser.visitors import Visitors
from transport.server.server import running
from transport.settings import Settings

MARKUP = "<img src=x onerror=alert(1)>"

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_from_a_link_to_a_table_of_two(set_table: TableMaker, people: Visitors) -> None:
    """A DM signs in by link and makes an invite; who opens that is asked for a name, and sits at the table."""
    table = await set_table()
    dm = await people.by_link(await sign_in_link(table))
    await expect(dm.get_by_role("heading", name="Fog", exact=True)).to_be_visible()
    link = await make_invite(dm)
    assert link.startswith(f"{table.url}/join#")
    guest = await people.somebody()
    await guest.goto(link)
    await guest.get_by_label("Your name").fill("Ada")
    members = await table.dm.call("GET", f"/api/campaigns/{table.campaign}/members")
    assert [member["name"] for member in members["members"]] == ["Dee"], "looking at a link redeems nothing"
    await press(guest, "Join")
    await panel(dm, "People")
    await expect(dm.locator(".people li", has_text="Ada")).to_contain_text("online")
    await expect(guest.locator(".people li", has_text="Ada")).to_contain_text("you")
    await expect(guest.get_by_text("Waiting for the DM to start the session.")).to_be_visible()
    await expect(guest.get_by_role("button", name="Start session")).to_be_hidden()
    assert guest.url == f"{table.url}/table/{table.campaign}"


async def test_a_name_is_needed_only_by_who_is_new(set_table: TableMaker, people: Visitors) -> None:
    """An invite without a name is refused beside the button; with a session the page knows the name."""
    table = await set_table()
    page = await people.somebody()
    await page.goto(await invite_link(table))
    await press(page, "Join")
    await expect(page.get_by_role("alert")).to_contain_text("name")
    await page.get_by_label("Your name").fill("Ada")
    await press(page, "Join")
    await page.get_by_text("Connected", exact=True).wait_for()
    await page.goto(await invite_link(table))
    await expect(page.get_by_text("You are signed in as Ada.")).to_be_visible()


async def test_a_broken_link_is_told(set_table: TableMaker, people: Visitors) -> None:
    """A link without its secret, or with a wrong one, leads nowhere and says what to do."""
    await set_table()
    page = await people.somebody()
    await page.goto("/join")
    await expect(page.get_by_text("Copy the whole link and open it again.")).to_be_visible()
    await page.goto("/join#no-such-token")
    await press(page, "Join")
    await expect(page.get_by_role("alert")).to_have_text("No such invite: check that the link was copied whole")


async def test_from_a_name_to_a_campaign_and_out(set_table: TableMaker, people: Visitors) -> None:
    """Who signs up by name creates a campaign, finds it in the list with its status, and signs out in two steps."""
    await set_table()
    page = await people.at_home("Cy")
    await expect(page.get_by_text("None yet.")).to_be_visible()
    await page.get_by_label("Name of the campaign").fill("Marsh")
    await press(page, "Create campaign")
    await press(page, "Start session")
    await expect(page.locator("header .status")).to_have_text("In session")
    await page.get_by_role("link", name="Fogbound").click()
    await expect(page.locator(".campaign-line")).to_have_text("MarshDMIn session")
    await press(page, "Sign out")
    await press(page, "Sign out now")
    await expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    await page.go_back()
    await expect(page.get_by_text("You are not signed in.")).to_be_visible()


async def test_no_sign_up_where_people_come_by_invite(database: str, people: Visitors) -> None:
    """The start page does not offer what the settings forbid."""
    async with running(Settings(port=0, signup="invite"), database) as people.url:
        page = await people.somebody()
        await page.goto("/")
        await expect(page.get_by_text("You can only join by invite here.")).to_be_visible()
        await expect(page.get_by_label("Your name")).to_have_count(0)
        await page.close()


async def test_names_are_text_and_nothing_else(set_table: TableMaker, people: Visitors) -> None:
    """A name, a campaign and a terrain that look like markup are shown letter by letter."""
    await set_table()
    page = await people.at_home(MARKUP)
    await page.get_by_label("Name of the campaign").fill(MARKUP)
    await press(page, "Create campaign")
    await set_terrain(page, "0,0", MARKUP)
    await expect(page.locator(".legend li").first).to_have_text(f"{MARKUP} 1")
    await expect(page.locator(".people .name")).to_have_text(f"{MARKUP} (you)")
    await expect(page.get_by_role("heading", level=1)).to_have_text(MARKUP)
    await page.get_by_role("link", name="Fogbound").click()
    await expect(page.locator(".campaigns a")).to_have_text(MARKUP)


async def test_nothing_hangs_over_the_edge_and_everything_has_a_name(set_table: TableMaker, people: Visitors) -> None:
    """On a desktop, a tablet and a phone no page scrolls sideways, and every control says what it is."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    await press(dm, "Stage first")
    await reveal(dm, "0,0 1,0")
    await make_invite(dm)
    for page in (dm, player):
        for address in (page.url, "/", "/join#token"):
            if page.url != address:
                await page.goto(address)
            await expect(page.get_by_role("heading", level=1)).to_be_visible()
            assert await page.evaluate(NAMELESS) == [], address
            for width, height in SIZES:
                await page.set_viewport_size({"width": width, "height": height})
                assert await page.evaluate(OVERHANG) <= 0, (address, width)


SIZES = ((1280, 800), (820, 1180), (360, 740))
OVERHANG = "document.documentElement.scrollWidth - innerWidth"
NAMELESS = """() => [...document.querySelectorAll("button, input, select, textarea, a, svg[tabindex]")]
    .filter((it) => !(it.ariaLabel || it.textContent.trim() || [...(it.labels ?? [])].some((l) => l.textContent)))
    .map((it) => it.outerHTML)"""
