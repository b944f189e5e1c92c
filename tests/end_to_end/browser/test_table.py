"""A table with real browsers, a real server and a real database."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, expect

from tests.end_to_end.browser.actions import (
    dm_and_player,
    invite_link,
    knows,
    note_when_restored,
    press,
    reveal,
    set_terrain,
    was_told_when_restored,
)
from tests.end_to_end.browser.conftest import TableMaker
from tests.end_to_end.browser.visitors import Visitors
from transport.server.server import running
from transport.settings import Settings

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_session_in_words(set_table: TableMaker, people: Visitors) -> None:
    """Start, pause, resume and end reach the player in words, and ending takes two steps."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    for button, words in (
        ("Start session", "The session is running."),
        ("Pause", "The DM has paused the session."),
        ("Resume", "The session is running."),
    ):
        await press(dm, button)
        await expect(player.get_by_text(words)).to_be_visible()
    await press(dm, "End session")
    await press(dm, "Go on playing")
    await expect(dm.get_by_role("button", name="End session")).to_be_focused()
    await expect(dm.locator("header .status")).to_have_text("In session")
    await press(dm, "End session")
    await press(dm, "End it")
    await expect(player.get_by_text("The session has ended.")).to_be_visible()
    assert table.topics()[-1] == "session_ended"


async def test_a_reveal_reaches_whom_it_is_for(set_table: TableMaker, people: Visitors) -> None:
    """A hex shows up at the players it was revealed to, with its terrain, and at nobody else."""
    table = await set_table()
    dm, ada = await dm_and_player(people, table)
    bo = await people.by_link(await invite_link(table), "Bo")
    await set_terrain(dm, "1,1 1,2", "forest")
    await knows(dm, "2 hexes")
    await expect(ada.get_by_text("Nothing has been revealed to you yet.")).to_be_visible()
    await reveal(dm, "1,1")
    await knows(ada, "1 hex")
    await knows(bo, "1 hex")
    await dm.get_by_label("Chosen players").check()
    await dm.get_by_label("Hex keys").fill("1,2 7,7")
    await press(dm, "Reveal chosen")
    await expect(dm.get_by_text("Choose at least one player.")).to_be_visible()
    await dm.get_by_label("Ada", exact=True).check()
    await press(dm, "Reveal chosen")
    await knows(ada, "3 hexes")
    await expect(ada.locator(".legend li")).to_have_text(["forest 2", "unknown 1"])
    await reveal(dm, "8,8")
    await knows(ada, "4 hexes")
    await knows(bo, "1 hex")


async def test_what_is_staged_waits_for_the_publish(set_table: TableMaker, people: Visitors) -> None:
    """Players see that the DM prepares and no more, until all appears at once; what was undone never does."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    await press(dm, "Stage first")
    await expect(player.get_by_text("DM is preparing…")).to_be_visible()
    for keys in ("0,0", "5,5 6,6", "1,0 2,0 3,0"):
        await reveal(dm, keys)
    await expect(dm.locator(".staged-list li")).to_have_count(3)
    await press(dm, "Undo: Reveal 2 hexes to all players")
    await expect(dm.locator(".staged-list li")).to_have_count(2)
    await player.reload()
    await expect(player.get_by_text("DM is preparing…")).to_be_visible()
    await knows(player, "0 hexes")
    await press(dm, "Publish 2 staged changes")
    await knows(player, "4 hexes")


async def test_leaving_the_staging_asks_when_something_would_be_lost(set_table: TableMaker, people: Visitors) -> None:
    """A queue is dropped only after a second press; the players' pill goes with it."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    await press(dm, "Stage first")
    await reveal(dm, "9,9")
    await press(dm, "Show at once")
    await expect(dm.get_by_text("Leave staging? 1 staged change will be dropped.")).to_be_visible()
    await press(dm, "Keep staging")
    await expect(dm.locator(".staged-list li")).to_have_count(1)
    await press(dm, "Show at once")
    await press(dm, "Drop them")
    await expect(player.get_by_text("DM is preparing…")).to_be_hidden()
    await expect(dm.locator(".staged-list li")).to_have_count(0)
    await knows(player, "0 hexes")


async def test_a_reload_changes_nothing(set_table: TableMaker, people: Visitors) -> None:
    """After a reload each sees the same status, mode, queue, hexes and people as before."""
    table = await set_table(leave_grace_seconds=10)  # else a reload would be a departure
    dm, player = await dm_and_player(people, table)
    await press(dm, "Start session")
    await reveal(dm, "0,0 0,1")
    await press(dm, "Stage first")
    await reveal(dm, "3,3")
    await expect(player.get_by_text("DM is preparing…")).to_be_visible()
    for page in (dm, player):
        before = await seen(page)
        await page.reload()
        await page.get_by_text("Connected", exact=True).wait_for()
        await knows(page, "2 hexes")
        assert await seen(page) == before


async def seen(page: Page) -> dict[str, list[str]]:
    """What the page says."""
    parts = ("header .status", ".players-line", ".hex-line", ".legend", ".people", ".staged-list", ".choice")
    return {part: await page.locator(part).all_inner_texts() for part in parts}


async def test_a_refusal_stands_where_the_command_was_given(set_table: TableMaker, people: Visitors) -> None:
    """What the page and what the server refuse is told in the same card, and goes with the next try."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    card = dm.locator(".card", has=dm.get_by_role("heading", name="Chosen hexes", exact=True))
    await press(dm, "Reveal chosen")
    await expect(card.get_by_role("alert")).to_have_text("Choose at least one hex.")
    await dm.get_by_label("Hex keys").fill("1,1 2")
    await press(dm, "Reveal chosen")
    await expect(card.get_by_text("The last key is only half there")).to_be_visible()
    await dm.get_by_label("Hex keys").fill("1,1")
    await expect(card.get_by_text("The last key is only half there")).to_be_hidden()
    await dm.get_by_label("Terrain", exact=True).fill("for\u200best")
    await press(dm, "Set terrain")
    await expect(card.get_by_text("Invalid message: changes.0.terrain")).to_be_visible()
    await dm.get_by_label("Terrain", exact=True).fill("forest")
    await press(dm, "Set terrain")
    await knows(dm, "1 hex")
    await expect(card.get_by_text("Invalid message")).to_have_count(0)
    await knows(player, "0 hexes")


async def test_a_restart_of_the_server_is_survived(database: str, people: Visitors) -> None:
    """The page says that the connection is lost, locks its tools, and goes on by itself where it was."""
    async with running(Settings(port=0), database) as people.url:
        dm = await people.at_home("Dee")
        await dm.get_by_label("Name of the campaign").fill("Fog")
        await press(dm, "Create campaign")
        await press(dm, "Stage first")
        await reveal(dm, "0,0")
    publish = dm.get_by_role("button", name="Publish 1 staged change")
    await expect(dm.get_by_role("alert").get_by_text("Connection lost. Reconnecting…")).to_be_visible()
    await expect(publish).to_be_disabled()
    port = urlsplit(people.url).port
    assert port is not None
    async with running(Settings(port=port), database):
        await publish.click()
        await knows(dm, "1 hex")
        await expect(dm.get_by_text("Connection lost")).to_be_hidden()
        await dm.close()
    people.troubles.clear()  # the browser notes every try to connect that failed


async def test_a_device_without_a_network_says_so_at_once(set_table: TableMaker, people: Visitors) -> None:
    """The page does not wait for its socket to notice, and goes on as soon as there is a network again."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    await reveal(dm, "0,0")
    await knows(player, "1 hex")
    await player.context.set_offline(True)
    await expect(player.get_by_role("alert").get_by_text("This device is offline.")).to_be_visible()
    await reveal(dm, "1,0")
    await note_when_restored(player)
    await player.context.set_offline(False)
    await was_told_when_restored(player, "Connection restored. You missed nothing.")
    await knows(player, "2 hexes")
    people.troubles.clear()  # the browser notes every try to connect that failed


async def test_who_is_removed_is_told_so(set_table: TableMaker, people: Visitors) -> None:
    """The page of somebody who is no member any more says that, and tries no further."""
    table = await set_table()
    _, player = await dm_and_player(people, table)
    members = (await table.dm.call("GET", f"/api/campaigns/{table.campaign}/members"))["members"]
    [ada] = [member["userId"] for member in members if member["name"] == "Ada"]
    await table.dm.call("DELETE", f"/api/campaigns/{table.campaign}/members/{ada}", expect=204)
    await expect(player.get_by_text("You are not a member of this campaign.")).to_be_visible()
    await player.reload()
    await expect(player.get_by_text("You are not a member of this campaign.")).to_be_visible()


async def test_a_new_dm_gets_the_tools_at_once(set_table: TableMaker, people: Visitors) -> None:
    """A change of role changes the open page: the tools, and what was hidden, come and go with it."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    await press(dm, "Stage first")
    # The list of changes appears, and moves the buttons below it.
    await expect(dm.get_by_role("button", name="Stage reveal")).to_be_visible()
    await reveal(dm, "4,4")
    members = (await table.dm.call("GET", f"/api/campaigns/{table.campaign}/members"))["members"]
    [ada] = [member["userId"] for member in members if member["name"] == "Ada"]
    address = f"/api/campaigns/{table.campaign}/members/{ada}"
    await table.dm.call("PATCH", address, {"role": "dm"})
    await press(player, "Publish 1 staged change")
    await knows(dm, "1 hex")
    await table.dm.call("PATCH", address, {"role": "player"})
    await expect(player.get_by_role("button", name="Start session")).to_be_hidden()
