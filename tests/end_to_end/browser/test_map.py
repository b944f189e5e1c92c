"""The map of the pages, with a real browser and a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import pytest
from playwright.async_api import FilePayload, Page, expect

from tests.end_to_end.browser.actions import dm_and_player, knows, press, reveal
from tests.end_to_end.browser.conftest import TableMaker
from tests.end_to_end.browser.visitors import Visitors
from tests.end_to_end.peers import PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="session")


def map_file(hexes: Sequence[tuple[int, int, str]], orientation: str = "flat", name: str = "Trial") -> FilePayload:
    content = {
        "version": 1,
        "name": name,
        "gridWidth": 3,
        "gridHeight": 3,
        "hexSize": 40,
        "orientation": orientation,
        "hexes": [{"q": q, "r": r, "terrain": terrain, "terrainVariant": 0} for q, r, terrain in hexes],
    }
    return {"name": "map.json", "mimeType": "application/json", "buffer": json.dumps(content).encode()}


async def bring_in(page: Page, file: FilePayload) -> None:
    await page.get_by_label("Map file (JSON)").set_input_files(file)
    await press(page, "Import")


async def stand_upright(page: Page) -> None:
    """Waits until three hexes with the same r lie side by side, as pointy ones do: flat ones would go down a stair."""
    async with asyncio.timeout(PATIENCE):
        while await width_by_height(page) < 2:  # noqa: ASYNC110 - the page has no event for it
            await asyncio.sleep(0.05)


async def width_by_height(page: Page) -> float:
    box = await page.locator(".surface .ground").first.bounding_box()
    assert box is not None
    return box["width"] / box["height"]


async def test_a_map_file_is_brought_in_for_the_dm_alone(set_table: TableMaker, people: Visitors) -> None:
    """The DM sees the map at once, hidden from players, who see of it what is revealed, the right way up."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    await bring_in(dm, map_file([(0, 0, "water"), (1, 0, "water"), (2, 0, "water")], "pointy"))
    await expect(dm.get_by_text("Imported 3 hexes.")).to_be_visible()
    await knows(dm, "3 hexes")
    await knows(player, "0 hexes")
    await reveal(dm, "0,0 1,0 2,0")
    await knows(player, "3 hexes")
    for page in (dm, player):
        await stand_upright(page)


async def test_a_bad_map_file_is_refused_whole(set_table: TableMaker, people: Visitors) -> None:
    """The place that is off is named beside the button, and nothing of the file is taken."""
    table = await set_table()
    dm, _ = await dm_and_player(people, table)
    await press(dm, "Import")
    await expect(dm.get_by_text("Choose a file first.")).to_be_visible()
    await bring_in(dm, map_file([(0, 0, "water"), (1, 0, "")]))
    await expect(dm.get_by_text("hexes[1].terrain")).to_be_visible()
    await knows(dm, "0 hexes")


async def test_hexes_are_chosen_on_the_map(set_table: TableMaker, people: Visitors) -> None:
    """A click chooses the hex under it, wherever the map was dragged or zoomed, and a second click no longer."""
    table = await set_table()
    dm, _ = await dm_and_player(people, table)
    await reveal(dm, "0,0")
    await knows(dm, "1 hex")
    keys = dm.get_by_label("Hex keys")
    x, y = await middle(dm)
    await dm.mouse.click(x, y)
    await expect(keys).to_have_value("0,0")
    await dm.mouse.move(x, y)
    await dm.mouse.wheel(0, -200)
    await dm.mouse.down()
    await dm.mouse.move(x + 90, y + 40, steps=4)
    await dm.mouse.up()
    await expect(keys).to_have_value("0,0")
    x, y = await middle(dm)
    await dm.mouse.click(x, y)
    await expect(keys).to_have_value("")


async def middle(page: Page) -> tuple[float, float]:
    """Of the only hex on the map."""
    box = await page.locator(".surface .ground").first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def test_the_map_works_without_a_mouse(set_table: TableMaker, people: Visitors) -> None:
    """Arrow keys go from hex to hex and say what is there, Enter chooses, Escape clears; a player only looks."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    await dm.get_by_label("Hex keys").fill("1,0 1,1")
    await dm.get_by_label("Terrain").fill("forest")
    await press(dm, "Set terrain")
    await reveal(dm, "1,1")
    for page, said in ((dm, "1,1: forest, known to all players"), (player, "1,1: forest")):
        await page.get_by_role("application").focus()
        await page.keyboard.press("ArrowRight")
        await page.keyboard.press("ArrowDown")
        await expect(page.locator(".unseen[aria-live]")).to_have_text(said)
        await page.keyboard.press("Enter")
    await expect(dm.get_by_label("Hex keys")).to_have_value("1,1")
    await dm.keyboard.press("Escape")
    await expect(dm.get_by_label("Hex keys")).to_have_value("")
    await dm.keyboard.press("ArrowUp")
    await expect(dm.locator(".hex-line")).to_have_text("1,0: forest, hidden from players")
