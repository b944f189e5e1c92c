"""The start page: one's devices, and closing a campaign, with a real browser and a real server."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.end_to_end.browser.actions import dm_and_player, press, sign_in_link
from tests.end_to_end.browser.conftest import TableMaker
from tests.end_to_end.browser.visitors import Visitors

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOME = "Fogbound"


async def go_home(page: Page) -> None:
    await page.get_by_role("link", name=HOME).click()
    await expect(page.get_by_role("heading", name="Your devices")).to_be_visible()


async def test_a_lost_device_is_logged_out_from_another(set_table: TableMaker, people: Visitors) -> None:
    """The list tells this one from the others; the other's page learns of it at once, and this one stays."""
    table = await set_table()
    here, lost = [await people.by_link(await sign_in_link(table)) for _ in range(2)]
    await go_home(here)
    rows = here.locator(".devices li")
    await expect(rows).to_have_count(3)  # with the one that made the table
    await expect(rows.first).to_contain_text("This device")
    await expect(rows.first).to_contain_text("Chrome on")
    theirs = rows.nth(1)
    await theirs.get_by_role("button", name="Log out there").click()
    await theirs.get_by_role("button", name="Log out now").click()
    await expect(rows).to_have_count(2)
    await expect(lost.get_by_text("You are not signed in.")).to_be_visible()
    await press(here, "Log out everywhere else")
    await press(here, "Log out now")
    await expect(rows).to_have_count(1)
    await expect(here.get_by_role("button", name="Log out everywhere else")).to_be_hidden()
    await here.reload()
    await expect(rows).to_have_count(1)


async def test_a_campaign_is_closed_by_its_name(set_table: TableMaker, people: Visitors) -> None:
    """Not by another; then it is in nobody's list, and whoever looks at it is told."""
    table = await set_table()
    dm, ada = await dm_and_player(people, table)
    await go_home(dm)
    await dm.get_by_text("Close this campaign").click()
    await dm.get_by_label("To be sure, type its name").fill("Fogg")
    await press(dm, "Close it for everybody")
    await expect(dm.get_by_role("alert")).to_have_text("That is not the name of this campaign.")
    await dm.get_by_label("To be sure, type its name").fill(" Fog ")
    await press(dm, "Close it for everybody")
    await expect(dm.get_by_text("None yet.")).to_be_visible()
    await expect(ada.get_by_text("You are not a member of this campaign.")).to_be_visible()


async def test_players_close_nothing(set_table: TableMaker, people: Visitors) -> None:
    """There is no way to try."""
    table = await set_table()
    _, ada = await dm_and_player(people, table)
    await go_home(ada)
    await expect(ada.locator(".campaigns li")).to_have_count(1)
    await expect(ada.get_by_text("Close this campaign")).to_have_count(0)
