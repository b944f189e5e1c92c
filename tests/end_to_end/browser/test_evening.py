"""An evening played through the pages alone: a DM and three players with browsers of their own.

After each scene every page knows what the server says it may know, and its canvas shows that and nothing else.
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass

import aiohttp
import pytest
from playwright.async_api import Page, expect

from projections.viewer_state import ViewerState
from tests.end_to_end.browser.actions import (
    make_invite,
    note_when_restored,
    panel,
    press,
    was_told_when_restored,
)
from tests.end_to_end.browser.conftest import TableMaker
from tests.end_to_end.browser.onlooker import Onlooker
from tests.end_to_end.browser.test_map import bring_in, map_file
from tests.end_to_end.browser.the_map import colours_at, draw, fog_colour, knows_something, looks, state_of
from tests.end_to_end.browser.visitors import Visitors
from tests.end_to_end.peers import PATIENCE, Person, Table
from tests.transport.client.cable import Cable, a_cable
from tests.transport.web.folded import known

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIDE = 8
KEYS = [f"{q},{r}" for q in range(SIDE) for r in range(SIDE)]
AROUND = [f"{q},{r}" for q, r in ((-1, 0), (SIDE, 3), (3, -1), (3, SIDE))]


def secret(key: str) -> str:
    """The terrain of a hex, which names it: whoever knows the word knows of the hex."""
    return f"lair-{key.replace(',', '-')}-of-the-beast"


@dataclass
class Company:
    """The pages, and what is needed to check them."""

    table: Table
    campaign: str
    dm: Page
    players: dict[str, Page]
    onlookers: dict[str, Onlooker]

    async def all_agree(self) -> None:
        """Each page knows what the server tells a new connection of the same person, and shows it."""
        for page in (self.dm, *self.players.values()):
            await self._agrees(page)
        for page in self.players.values():
            await shows_what_is_known(page, set((await state_of(page))["revealed"]))

    async def _agrees(self, page: Page) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            told, knows = await self._told(page), await state_of(page)
            if told == knows:
                return
            assert time.monotonic() < deadline, (told, knows)
            await asyncio.sleep(0.1)

    async def _told(self, page: Page) -> dict[str, object]:
        cookies = {cookie["name"]: cookie["value"] for cookie in await page.context.cookies()}
        async with aiohttp.ClientSession(cookies=cookies, cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            same = Person(self.table.url, http)
            return known(ViewerState.of(await same.fresh_state(self.campaign)))  # type: ignore[arg-type]  # as sent

    async def sees_nothing_hidden(self, player: str) -> None:
        """Neither in the player's traffic nor in the memory of the page is a word of what is hidden."""
        seen = set((await state_of(self.players[player]))["revealed"])
        assert await self.onlookers[player].finds(secret(key) for key in KEYS if key not in seen) == ([], [])
        # That the search would find it is shown by what the player does know.
        shown = [secret(key) for key in seen]
        assert shown
        assert await self.onlookers[player].finds(shown) == (shown, shown)


async def shows_what_is_known(page: Page, revealed: set[str]) -> None:
    """At the middle of each hex the canvas has the colours of its terrain if the viewer knows it, else those of fog."""
    fog, look = await fog_colour(page), await looks(page)
    for key, colour in zip(KEYS + AROUND, await colours_at(page, KEYS + AROUND), strict=True):
        if key in revealed:
            assert colour.is_between(*look[secret(key)]), (key, colour)
        else:
            assert colour == fog, (key, colour)


async def gather(set_table: TableMaker, people: Visitors, cable_url: str | None = None) -> Company:
    """A campaign made on the start page, a map brought in, three players who follow one link."""
    table = await set_table()
    dm = await people.at_home("Wren")
    await dm.get_by_label("Name of the campaign").fill("The Lairs")
    await press(dm, "Create campaign")
    await bring_in(dm, map_file([(q, r, secret(f"{q},{r}")) for q in range(SIDE) for r in range(SIDE)]))
    link = await make_invite(dm)
    players, onlookers = {}, {}
    for name in ("Ada", "Bo", "Cy"):
        page = await people.somebody()
        onlookers[name] = Onlooker.of(page)
        await page.goto(link)
        await page.get_by_label("Your name").fill(name)
        await press(page, "Join")
        await page.get_by_text("Connected", exact=True).wait_for()
        await zoom_out(page)
        players[name] = page
    return Company(table, dm.url.rsplit("/", 1)[1], dm, players, onlookers)


async def zoom_out(page: Page) -> None:
    """So far that all of the map is on the screen, and stays where it is when more of it is revealed."""
    await page.mouse.move(400, 400)
    await page.mouse.wheel(0, 900)


async def choose_players(dm: Page, *names: str) -> None:
    await dm.get_by_label("Chosen players").check()
    for name in ("Ada", "Bo", "Cy"):
        await dm.get_by_label(re.compile(rf"^{name}( \(away\))?$")).set_checked(name in names)


async def test_an_evening_through_the_pages(set_table: TableMaker, people: Visitors) -> None:
    """Brush, split party, stage, undo, publish, pause, other eyes, a late tab, the end; nobody sees too much."""
    company = await gather(set_table, people)
    dm, ada, bo, cy = company.dm, *company.players.values()
    await press(dm, "Start session")
    await press(dm, "Reveal")
    await draw(dm, "1,1", "4,1")
    await expect(ada.get_by_text("The session is running.")).to_be_visible()
    await company.all_agree()

    await choose_players(dm, "Ada")
    await draw(dm, "1,5", "2,5")
    await choose_players(dm, "Bo", "Cy")
    await press(dm, "Box")
    await draw(dm, "6,0", "7,2")
    await company.all_agree()
    assert len({len((await state_of(page))["revealed"]) for page in (ada, bo)}) == 2

    await press(dm, "Stage first")
    await dm.get_by_label("All players").check()
    await press(dm, "One hex")
    for key in ("5,5", "6,6", "7,7"):
        await draw(dm, key, key)
    await choose_players(dm, "Cy")
    await draw(dm, "0,7", "0,7")
    await expect(dm.locator(".staged-list li")).to_have_count(4)
    await company.all_agree()
    for name in ("Ada", "Bo", "Cy"):
        await expect(company.players[name].get_by_text("DM is preparing…")).to_be_visible()
        await company.sees_nothing_hidden(name)
    await dm.locator(".staged-list li").nth(1).get_by_role("button").click()
    await press(dm, "Publish 3 staged changes")
    await expect(dm.locator(".staged-list li")).to_have_count(0)
    await company.all_agree()
    assert "6,6" not in (await state_of(cy))["revealed"]
    assert {"5,5", "7,7", "0,7"} <= set((await state_of(cy))["revealed"])
    assert "0,7" not in (await state_of(ada))["revealed"]

    await dm.get_by_label("See as").select_option(label="Bo")
    await expect(dm.get_by_text("You see the map as Bo sees it.")).to_be_visible()
    await zoom_out(dm)
    await shows_what_is_known(dm, set((await state_of(bo))["revealed"]))
    await press(dm, "Back to the DM’s view")

    await press(dm, "Show at once")
    await press(dm, "Pause")
    await expect(ada.get_by_text("The DM has paused the session.")).to_be_visible()
    await company.all_agree()
    await press(dm, "Resume")
    await press(dm, "End session")
    await press(dm, "End it")
    await expect(ada.get_by_text("The session has ended.")).to_be_visible()
    await company.all_agree()
    for name in ("Ada", "Bo", "Cy"):
        await company.sees_nothing_hidden(name)


async def test_who_drops_out_misses_nothing_and_learns_no_more(set_table: TableMaker, people: Visitors) -> None:
    """A page whose network goes away says so, is told all that was for it when it is back, and that it was all."""
    company = await gather(set_table, people)
    dm, bo = company.dm, company.players["Bo"]
    await press(dm, "Reveal")
    async with a_cable(company.table.url) as (cable, near_end):
        await bo.goto(bo.url.replace(company.table.url, near_end))
        await bo.get_by_text("Connected", exact=True).wait_for()
        await zoom_out(bo)
        await draw(dm, "1,1", "4,1")
        await knows_something(bo)  # else there is no place to resume from
        await lose(cable, bo)
        await draw(dm, "1,3", "4,3")
        await choose_players(dm, "Ada")
        await draw(dm, "1,6", "4,6")
        cable.is_unplugged = False
        await was_told_when_restored(bo, "Connection restored. You missed nothing.")
        await company.all_agree()
        await company.sees_nothing_hidden("Bo")
        await bo.close()
    people.troubles.clear()  # the browser notes every try to connect that failed


async def test_a_command_given_on_a_dead_line_is_pending_and_then_done_once(
    set_table: TableMaker, people: Visitors
) -> None:
    """A stroke whose answer stays out is marked on the map until the connection is back, and happens once."""
    company = await gather(set_table, people)
    dm, ada = company.dm, company.players["Ada"]
    async with a_cable(company.table.url) as (cable, near_end):
        await dm.goto(dm.url.replace(company.table.url, near_end))
        await dm.get_by_text("Connected", exact=True).wait_for()
        await press(dm, "Reveal")
        await press(dm, "One hex")
        cable.is_deaf = True
        await draw(dm, "2,2", "2,2")
        await expect(ada.locator(".hex-line")).to_have_text("1 hex known")
        assert await dm.evaluate("fogbound.client.pending.map(({ hexKeys }) => hexKeys)") == [["2,2"]]
        await lose(cable, dm)
        await expect(dm.get_by_text("1 action waits for the server")).to_be_visible()
        await expect(dm.get_by_role("button", name="Start session")).to_be_disabled()
        cable.is_unplugged = False
        await was_told_when_restored(dm, "Connection restored.")
        await expect(dm.get_by_text("1 action waits for the server")).to_be_hidden()
        await company.all_agree()
        await dm.close()
    people.troubles.clear()  # the browser notes every try to connect that failed
    with_reveals = [row for row in company.table.log_of(company.campaign) if row[0] == "hexes_revealed"]
    assert len(with_reveals) == 1


async def lose(cable: Cable, page: Page) -> None:
    """The line is cut, and stays cut until the cable is plugged in again; waits until the page says it."""
    cable.is_unplugged = True
    cable.pull()
    await expect(page.get_by_role("alert").get_by_text("Connection lost. Reconnecting…")).to_be_visible()
    await note_when_restored(page)


async def test_a_second_tab_and_a_late_player_see_the_same(set_table: TableMaker, people: Visitors) -> None:
    """Two tabs of one person agree, closing one is no departure, and who comes late sees what all may see."""
    company = await gather(set_table, people)
    dm, ada = company.dm, company.players["Ada"]
    second = await ada.context.new_page()
    people.pages.append(second)
    await second.goto(ada.url)
    await second.get_by_text("Connected", exact=True).wait_for()
    await press(dm, "Reveal")
    await draw(dm, "2,2", "3,2")
    await expect(second.locator(".hex-line")).to_have_text("10 hexes known")
    await ada.close()
    await panel(dm, "People")
    await asyncio.sleep(0.4)
    await expect(dm.locator(".people li", has_text="Ada")).to_contain_text("online")
    await second.close()
    await expect(dm.locator(".people li", has_text="Ada")).to_contain_text("away since")
    late = await people.by_link(await make_invite(dm), "Late")
    await expect(late.locator(".hex-line")).to_have_text("10 hexes known")
