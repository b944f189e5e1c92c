"""What only a DM has, with a real browser and a real server."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from itertools import combinations

import pytest
from playwright.async_api import expect

from tests.end_to_end.browser.actions import (
    dm_and_player,
    invite_link,
    knows,
    make_invite,
    panel,
    press,
    reveal,
    sign_in_link,
)
from tests.end_to_end.browser.conftest import TableMaker
from tests.end_to_end.browser.test_map import block, bring_in, map_file
from tests.end_to_end.browser.the_map import averages_at, click_hex, colours_at, draw, fog_colour, looks
from tests.end_to_end.browser.visitors import Visitors

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_roles_are_changed_and_people_removed(set_table: TableMaker, people: Visitors) -> None:
    """A player becomes a co-DM and a player again at once; a removal takes two steps; the last DM has to stay."""
    table = await set_table()
    dm, ada = await dm_and_player(people, table)
    await panel(dm, "People")
    row = dm.locator(".people li", has_text="Ada")
    await row.locator("summary").click()
    await row.get_by_role("button", name="Make co-DM").click()
    await expect(row.locator(".tag")).to_have_text("DM")
    await expect(ada.get_by_role("button", name="Start session")).to_be_visible()
    await row.get_by_role("button", name="Make player").click()
    await expect(row.locator(".tag")).to_have_text("Player")
    await expect(ada.get_by_role("button", name="Start session")).to_be_hidden()
    await row.get_by_role("button", name="Remove").click()
    await expect(row.get_by_text("Remove Ada from the campaign?")).to_be_visible()
    await row.get_by_role("button", name="Keep").click()
    await row.get_by_role("button", name="Remove").click()
    await row.get_by_role("button", name="Remove now").click()
    await expect(ada.get_by_text("You are not a member of this campaign.")).to_be_visible()
    await expect(row).to_have_count(0)
    mine = dm.locator(".people li", has_text="(you)")
    await mine.locator("summary").click()
    await expect(mine.get_by_role("button", name="Remove")).to_be_hidden()
    await mine.get_by_role("button", name="Make player").click()
    await expect(mine.get_by_role("alert")).to_contain_text("DM")


async def test_with_somebody_goes_the_link_they_came_by(set_table: TableMaker, people: Visitors) -> None:
    """The question offers it while the link is open, says why, and does it unless the box is cleared."""
    table = await set_table()
    dm = await people.by_link(await sign_in_link(table))
    await panel(dm, "People")
    for name, keeps in (("Ada", False), ("Bo", True)):
        link = await invite_link(table)
        page = await people.by_link(link, name)
        row = dm.locator(".people li", has_text=name)
        await row.locator("summary").click()
        await row.get_by_role("button", name="Remove").click()
        offer = row.get_by_role("checkbox", name="Also revoke the invite link they used.")
        await expect(offer).to_be_checked()
        await offer.set_checked(not keeps)
        await row.get_by_role("button", name="Remove now").click()
        await expect(row).to_have_count(0)
        await page.goto(link)
        await press(page, "Join")
        if keeps:
            await page.get_by_text("Connected", exact=True).wait_for()
        else:
            await expect(page.get_by_role("alert")).to_contain_text("This invite was revoked")


async def test_a_link_that_is_over_is_not_offered(set_table: TableMaker, people: Visitors) -> None:
    """Nobody comes back by it anyway."""
    table = await set_table("Ada")
    invites = await table.dm.call("GET", f"/api/campaigns/{table.campaign}/invites")
    for invite in invites["invites"]:
        await table.dm.call("DELETE", f"/api/campaigns/{table.campaign}/invites/{invite['inviteId']}", expect=204)
    dm = await people.by_link(await sign_in_link(table))
    await panel(dm, "People")
    row = dm.locator(".people li", has_text="Ada")
    await row.locator("summary").click()
    await row.get_by_role("button", name="Remove").click()
    await expect(row.get_by_role("button", name="Remove now")).to_be_enabled()
    await expect(row.get_by_role("checkbox", name="Also revoke")).to_be_hidden()
    await row.get_by_role("button", name="Remove now").click()
    await expect(row).to_have_count(0)


async def test_several_are_chosen_and_removed_at_once(set_table: TableMaker, people: Visitors) -> None:
    """One question names them all; who is not chosen stays, and so does everybody when it is cancelled."""
    table = await set_table("Ada", "Bo", "Cy")
    dm = await people.by_link(await sign_in_link(table))
    await panel(dm, "People")
    boxes = dm.locator(".people").get_by_role("checkbox")
    await expect(boxes).to_have_count(0)
    await press(dm, "Remove several…")
    await expect(boxes).to_have_count(3)
    await expect(dm.get_by_role("button", name="Remove chosen")).to_be_disabled()
    for name in ("Ada", "Bo"):
        await dm.get_by_label(f"Choose {name}").check()
    await press(dm, "Cancel")
    await expect(boxes).to_have_count(0)
    await press(dm, "Remove several…")
    for name in ("Ada", "Cy"):
        await dm.get_by_label(f"Choose {name}").check()
    await press(dm, "Remove 2 people")
    await expect(dm.get_by_text("Remove Ada and Cy from the campaign?")).to_be_visible()
    await expect(dm.get_by_label("Also revoke the 2 invite links they used.")).to_be_checked()
    await press(dm, "Remove now")
    await expect(dm.locator(".people li")).to_have_count(2)
    for name in ("Ada", "Cy"):
        assert await table.sockets[name].close_code() == 4003
    await expect(dm.locator(".invites li", has_text="For a Player")).to_have_count(1)
    await expect(dm.get_by_role("button", name="Remove several…")).to_be_focused()


async def test_an_invite_is_made_for_so_many_and_so_long(set_table: TableMaker, people: Visitors) -> None:
    """The form begins with what the server's settings say, and offers fewer, more and as many as there may be."""
    table = await set_table(invite_uses=7, invite_hours=36, members=30)
    dm = await people.by_link(await sign_in_link(table))
    await panel(dm, "People")
    await expect(dm.get_by_label("For", exact=True).locator("option")).to_have_text(
        ["1 person", "5 people", "7 people", "10 people", "20 people", "30 people, as many as there may be"]
    )
    for uses, hours in ((None, None), ("1 person", "7 days"), ("30 people, as many as there may be", "1 day")):
        if uses is not None and hours is not None:
            await dm.get_by_label("For", exact=True).select_option(label=uses)
            await dm.get_by_label("Valid for").select_option(label=hours)
        await press(dm, "Make invite link")
        await expect(dm.get_by_label("Invite link", exact=True)).to_have_value(re.compile("/join#."))
        await dm.get_by_label("Invite link", exact=True).evaluate("(link) => (link.value = '')")
    listed = (await table.dm.call("GET", f"/api/campaigns/{table.campaign}/invites"))["invites"]
    made = [one for one in reversed(listed) if one["userId"] is None]
    assert [one["usesLeft"] for one in made] == [7, 1, 30]
    hours_of = [datetime.fromisoformat(one["expiresAt"]) - datetime.fromisoformat(one["createdAt"]) for one in made]
    assert [one.total_seconds() / 3600 for one in hours_of] == [36, 168, 24]
    await expect(dm.locator(".invites li").first).to_contain_text("30 uses left")


async def test_invites_are_listed_and_revoked(set_table: TableMaker, people: Visitors) -> None:
    """An open invite stands in the list until it is revoked in two steps, and then lets nobody in."""
    table = await set_table()
    dm, _ = await dm_and_player(people, table)
    link = await make_invite(dm)
    await panel(dm, "People")
    invites = dm.locator(".invites li")
    before = await invites.count()
    assert before >= 2, "the DM's own sign-in link and the new one"
    await expect(dm.get_by_role("img", name="QR code of the invite link")).to_be_visible()
    await expect(invites.first).to_contain_text("For a Player")
    await invites.first.get_by_role("button", name="Revoke").click()
    await invites.first.get_by_role("button", name="Revoke now").click()
    await expect(invites).to_have_count(before - 1)
    guest = await people.somebody()
    await guest.goto(link)
    await guest.get_by_label("Your name").fill("Late")
    await press(guest, "Join")
    await expect(guest.get_by_role("alert")).to_be_visible()


async def test_an_import_shows_how_far_it_is(set_table: TableMaker, people: Visitors) -> None:
    """While a map file is on its way a bar says how much of it has been sent."""
    table = await set_table()
    dm, _ = await dm_and_player(people, table)
    cdp = await dm.context.new_cdp_session(dm)
    line = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 150_000}
    await cdp.send("Network.emulateNetworkConditions", line)
    await panel(dm, "Map")
    await dm.get_by_label("Map file (JSON)").set_input_files(map_file(block(80)))
    await press(dm, "Import")
    await expect(dm.get_by_role("progressbar")).to_be_visible()
    await expect(dm.get_by_text(re.compile("Sending… [1-9]"))).to_be_visible()
    await expect(dm.get_by_text("Imported 6,400 hexes.")).to_be_visible(timeout=30_000)
    await expect(dm.get_by_role("progressbar")).to_be_hidden()


async def test_what_is_staged_stands_out_and_tells_where_it_is(set_table: TableMaker, people: Visitors) -> None:
    """Hidden, known and staged hexes look different, and a row of the queue lights its own hexes up."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    await bring_in(dm, map_file(block(4)))
    await reveal(dm, "0,0 0,1")
    await press(dm, "Stage first")
    await reveal(dm, "2,2")
    await reveal(dm, "3,3")
    await expect(dm.locator(".staged-list li")).to_have_count(2)
    await dm.mouse.move(5, 5)
    known, hidden, staged, other = await averages_at(dm, ["0,0", "1,2", "2,2", "3,3"])
    assert not any(one.is_like(another) for one, another in combinations((known, hidden, staged), 2))
    assert staged.is_like(other)
    await dm.locator(".staged-list li").first.hover()
    lit, unlit = await averages_at(dm, ["2,2", "3,3"])
    assert (lit.is_like(staged), unlit.is_like(other)) == (False, True)
    await dm.mouse.move(5, 5)
    assert (await averages_at(dm, ["2,2"]))[0].is_like(staged)
    await dm.locator(".staged-list li").first.get_by_role("button").click()
    await expect(dm.locator(".staged-list li")).to_have_count(1)
    await dm.mouse.move(5, 5)
    undone, left = await averages_at(dm, ["2,2", "3,3"])
    assert (undone.is_like(hidden), left.is_like(other)) == (True, True)
    assert await colours_at(player, ["2,2", "3,3"]) == [await fog_colour(player)] * 2


async def test_the_veil_is_as_strong_as_the_dm_likes(set_table: TableMaker, people: Visitors) -> None:
    """At one end of the slider hidden hexes look like the others, and the choice is kept in the browser."""
    table = await set_table()
    dm, _ = await dm_and_player(people, table)
    await bring_in(dm, map_file(block(4)))
    await reveal(dm, "0,0")
    await panel(dm, "Map")
    slider = dm.get_by_label("Veil over what players do not know")
    known, hidden = await colours_at(dm, ["0,0", "2,2"])
    assert known != hidden
    await slider.fill("0")
    known, bare = await colours_at(dm, ["0,0", "2,2"])
    assert bare != hidden
    assert known.is_between(*(await looks(dm))["grassland"])
    await dm.reload()
    await panel(dm, "Map")
    await expect(slider).to_have_value("0")
    assert await colours_at(dm, ["2,2"]) == [bare]


async def test_through_other_eyes_nothing_can_be_done_by_mistake(set_table: TableMaker, people: Visitors) -> None:
    """While a DM sees as a player there is a frame, the tools are away, and Escape leads back."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    await bring_in(dm, map_file(block(4)))
    await reveal(dm, "0,0")
    await press(dm, "Reveal")
    await dm.get_by_label("See as").select_option(label="Ada")
    await expect(dm.get_by_text("You see the map as Ada sees it.")).to_be_visible()
    await expect(dm.get_by_role("toolbar")).to_be_hidden()
    await expect(dm.get_by_role("button", name="Start session")).to_be_disabled()
    await expect(dm.locator(".hex-line")).to_have_text("1 hex known")
    assert await dm.locator(".stage").evaluate("(stage) => getComputedStyle(stage).borderLeftWidth") == "6px"
    await draw(dm, "1,1", "2,1")
    await table.dm.call("GET", "/api/me")
    assert table.topics().count("hexes_revealed") == 1
    await knows(player, "1 hex")
    await dm.keyboard.press("Escape")
    await expect(dm.get_by_role("toolbar")).to_be_visible()
    await knows(dm, "16 hexes")
    # And what happens meanwhile is seen through the same eyes.
    await dm.get_by_label("See as").select_option(label="Ada")
    other = await people.by_link(await invite_link(table, "dm"), "Eve")
    await reveal(other, "1,1 2,2")
    await expect(dm.locator(".hex-line")).to_have_text("3 hexes known")


async def test_new_hexes_shine_unless_motion_is_unwanted(set_table: TableMaker, people: Visitors) -> None:
    """What was revealed just now is bright for a moment; who asked for less motion sees it as it is at once."""
    table = await set_table()
    dm, ada = await dm_and_player(people, table)
    bo = await people.by_link(await invite_link(table), "Bo")
    await bo.emulate_media(reduced_motion="reduce")
    await bring_in(dm, map_file(block(3)))
    await reveal(dm, "0,0 1,1")
    for page in (ada, bo):
        await knows(page, "2 hexes")
    assert await ada.evaluate("fogbound.map.isSettled") is False
    assert await ada.evaluate(IS_ASLEEP_IN_A_MOMENT) is False
    assert await bo.evaluate(IS_ASLEEP_IN_A_MOMENT) is True
    ground = (await looks(bo))["grassland"]
    for page in (bo, ada):
        assert (await colours_at(page, ["0,0"]))[0].is_between(*ground)


# Whether the map asks for no frame any more, a few frames from now.
IS_ASLEEP_IN_A_MOMENT = """async () => {
    for (let i = 0; i < 12; i += 1) await new Promise(requestAnimationFrame);
    return fogbound.map.isSettled;
}"""


async def test_an_idle_page_asks_for_nothing(set_table: TableMaker, people: Visitors) -> None:
    """Page and server exchange nothing while nothing happens, and no frame is drawn."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    await bring_in(dm, map_file(block(4)))
    await reveal(dm, "0,0")
    await knows(player, "1 hex")
    heard: list[str] = []
    for page in (dm, player):
        page.on("request", lambda request: heard.append(request.url))
        await page.evaluate(COUNT_FRAMES)
    await asyncio.sleep(3)
    assert heard == []
    for page in (dm, player):
        assert await page.evaluate("window.counted") == {"frames": 0, "messages": 0}


COUNT_FRAMES = """async () => {
    while (!fogbound.map.isSettled) await new Promise(requestAnimationFrame);
    for (let i = 0; i < 60; i += 1) await new Promise(requestAnimationFrame);
    window.counted = { frames: 0, messages: 0 };
    const ask = requestAnimationFrame;
    window.requestAnimationFrame = (act) => { window.counted.frames += 1; return ask(act); };
    fogbound.client.addEventListener("change", () => { window.counted.messages += 1; });
}"""


async def test_coordinates_come_on_demand(set_table: TableMaker, people: Visitors) -> None:
    """A key or a button writes every hex's key on it, for a player too."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    await reveal(dm, "0,0")
    await knows(player, "1 hex")
    plain = await averages_at(player, ["0,0"], side=60)
    await player.keyboard.press("c")
    await expect(player.get_by_role("button", name="Coordinates")).to_have_attribute("aria-pressed", "true")
    assert await averages_at(player, ["0,0"], side=60) != plain
    await press(player, "Coordinates")
    assert await averages_at(player, ["0,0"], side=60) == plain


async def test_the_list_of_keys_says_what_there_is(set_table: TableMaker, people: Visitors) -> None:
    """`?` shows the keys of one's role; those of the tools do what it says."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    await player.keyboard.press("?")
    await expect(player.get_by_role("dialog")).to_contain_text("from hex to hex")
    await expect(player.get_by_role("dialog")).not_to_contain_text("tools")
    await dm.keyboard.press("?")
    await expect(dm.get_by_role("dialog")).to_contain_text("tools: choose, reveal, terrain")
    await press(dm, "Close")
    for key, button in (("r", "Reveal"), ("x", "Box"), ("h", "One hex"), ("b", "Brush"), ("t", "Terrain")):
        await dm.keyboard.press(key)
        await expect(dm.get_by_role("button", name=button, exact=True)).to_have_attribute("aria-pressed", "true")
    size = dm.locator(".size")
    await dm.keyboard.press("]")
    await expect(size).to_have_text("5 wide")
    await dm.keyboard.press("[")
    await expect(size).to_have_text("3 wide")
    await dm.keyboard.press("Escape")
    await expect(dm.get_by_role("button", name="Choose", exact=True)).to_have_attribute("aria-pressed", "true")
    await dm.get_by_label("Hex keys").press("r")
    await expect(dm.get_by_role("button", name="Choose", exact=True)).to_have_attribute("aria-pressed", "true")


async def test_who_knows_a_hex_is_told(set_table: TableMaker, people: Visitors) -> None:
    """Choosing a hex says who knows it; that follows what happens."""
    table = await set_table()
    dm, _ = await dm_and_player(people, table)
    await bring_in(dm, map_file(block(3)))
    await knows(dm, "9 hexes")
    await click_hex(dm, "1,1")
    about = dm.locator(".about-hex")
    await expect(about).to_have_text("1,1: grassland, hidden from players")
    other = await people.by_link(await invite_link(table, "dm"), "Eve")
    await other.get_by_label("Chosen players").check()
    await other.get_by_label("Ada", exact=True).check()
    await reveal(other, "1,1")
    await expect(about).to_have_text("1,1: grassland, known to Ada")
    assert table.log()[-1][4]["hex_keys"] == ["1,1"]
