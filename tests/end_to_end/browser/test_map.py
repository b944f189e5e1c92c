"""The map of the pages, with a real browser and a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import pytest
from playwright.async_api import FilePayload, Page, expect

from tests.end_to_end.browser.actions import dm_and_player, knows, panel, press, reveal, set_terrain
from tests.end_to_end.browser.conftest import TableMaker
from tests.end_to_end.browser.the_map import (
    click_hex,
    colours_at,
    draw,
    fog_colour,
    has_been_told_of,
    looks,
    place_of,
    settled,
)
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


def block(size: int, terrain: str = "grassland") -> list[tuple[int, int, str]]:
    return [(q, r, terrain) for q in range(size) for r in range(size)]


async def bring_in(page: Page, file: FilePayload) -> None:
    await panel(page, "Map")
    await page.get_by_label("Map file (JSON)").set_input_files(file)
    await press(page, "Import")
    await expect(page.get_by_text("Imported").or_(page.locator(".problem:not(:empty)"))).to_be_visible()
    await panel(page, "Play")


async def stand_upright(page: Page) -> None:
    """Waits until two hexes with the same r lie side by side, as pointy ones do: flat ones would go down a stair."""
    async with asyncio.timeout(PATIENCE):
        while (await place_of(page, "0,0"))[1] != (await place_of(page, "1,0"))[1]:  # noqa: ASYNC110 - the page has no event for it
            await asyncio.sleep(0.05)


async def test_a_map_file_is_brought_in_for_the_dm_alone(set_table: TableMaker, people: Visitors) -> None:
    """The DM sees the map at once, hidden from players, who see of it what is revealed, the right way up."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    await bring_in(dm, map_file([(0, 0, "water"), (1, 0, "water"), (2, 0, "water")], "pointy"))
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
    await panel(dm, "Map")
    await press(dm, "Import")
    await expect(dm.get_by_text("Choose a file first.")).to_be_visible()
    await bring_in(dm, map_file([(0, 0, "water"), (1, 0, "")]))
    await panel(dm, "Map")
    await expect(dm.get_by_text("hexes[1].terrain")).to_be_visible()
    await expect(dm.get_by_role("progressbar")).to_be_hidden()
    await knows(dm, "0 hexes")


async def test_hexes_are_chosen_on_the_map(set_table: TableMaker, people: Visitors) -> None:
    """A click chooses the hex under it wherever the map was moved, Shift one more, Shift and a drag a box of them."""
    table = await set_table()
    dm, _ = await dm_and_player(people, table)
    await bring_in(dm, map_file(block(5)))
    await knows(dm, "25 hexes")
    keys = dm.get_by_label("Hex keys")
    await click_hex(dm, "1,1")
    await expect(keys).to_have_value("1,1")
    await expect(dm.get_by_text("1,1: grassland, hidden from players").first).to_be_visible()
    await click_hex(dm, "2,1", shift=True)
    await expect(keys).to_have_value("1,1  2,1")
    x, y = await place_of(dm, "2,2")
    await dm.mouse.move(x, y)
    await dm.mouse.wheel(0, -200)
    assert await place_of(dm, "2,2") == pytest.approx((x, y), abs=1), "what is under the pointer stays there"
    await dm.mouse.down()
    await dm.mouse.move(x + 90, y + 40, steps=4)
    await dm.mouse.up()
    assert await place_of(dm, "2,2") == pytest.approx((x + 90, y + 40), abs=1), "a drag takes the map along"
    await expect(keys).to_have_value("1,1  2,1")
    await click_hex(dm, "3,3")
    await expect(keys).to_have_value("3,3")
    await click_hex(dm, "3,3")
    await expect(keys).to_have_value("")
    await draw(dm, "0,1", "2,2", shift=True)
    chosen = set((await keys.input_value()).split("  "))
    assert {"0,1", "1,1", "2,1", "2,2"} <= chosen
    assert "4,4" not in chosen


async def test_the_map_works_without_a_mouse(set_table: TableMaker, people: Visitors) -> None:
    """Arrow keys go from hex to hex and say what is there, Enter chooses, Escape clears; a player only looks."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    await set_terrain(dm, "1,0 1,1", "forest")
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
    await dm.keyboard.press("r")
    await dm.keyboard.press("h")
    await dm.keyboard.press("Enter")
    await has_been_told_of(player, "1,0")
    await player.get_by_role("application").focus()
    await player.keyboard.press("ArrowUp")
    await expect(player.locator(".unseen[aria-live]")).to_have_text("1,0: forest")


async def test_fog_is_drawn_back_with_a_brush(set_table: TableMaker, people: Visitors) -> None:
    """A stroke is one command with each hex once, and takes no hex that is not on the map; Escape drops it."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    await bring_in(dm, map_file(block(6)))
    await knows(dm, "36 hexes")
    await press(dm, "Reveal")
    await press(dm, "Smaller brush")
    await dm.mouse.move(*await place_of(dm, "0,2"))
    await dm.mouse.down()
    await dm.mouse.move(*await place_of(dm, "3,2"), steps=6)
    await expect(dm.locator(".hex-line")).to_contain_text("Reveal 4 hexes to all players.")
    await dm.keyboard.press("Escape")
    await dm.mouse.up()
    await knows(player, "0 hexes")
    before = len(table.topics())
    await draw(dm, "0,2", "3,2", "0,2")
    await knows(player, "4 hexes")
    assert table.topics()[before:] == ["hexes_revealed"]
    await press(dm, "Larger brush")
    await press(dm, "Larger brush")
    await draw(dm, "0,0", "0,0")
    await knows(player, "9 hexes")
    await press(dm, "Box")
    await draw(dm, "-1,0", "6,5")
    await knows(player, "36 hexes")
    assert table.topics()[before:] == ["hexes_revealed"] * 3


async def test_terrain_is_painted_where_no_map_is(set_table: TableMaker, people: Visitors) -> None:
    """A map can be made with the brush alone; players see nothing of it."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    await press(dm, "Terrain")
    await dm.get_by_role("button", name="swamp", exact=True).click()
    await draw(dm, "0,0", "0,0")
    await knows(dm, "7 hexes")
    await dm.get_by_label("Another terrain").fill("jungle")
    await dm.keyboard.press("Enter")
    await press(dm, "One hex")
    await draw(dm, "2,0", "3,0")
    await knows(dm, "8 hexes")
    await expect(dm.locator(".legend li").filter(has_text="jungle")).to_contain_text("1")
    await knows(player, "0 hexes")


async def test_a_refused_stroke_is_explained_where_it_ended(set_table: TableMaker, people: Visitors) -> None:
    """The reason stands on the map beside the pointer, and goes with the next stroke."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    await bring_in(dm, map_file(block(4)))
    await knows(dm, "16 hexes")
    await dm.get_by_label("Chosen players").check()
    await press(dm, "Reveal")
    await draw(dm, "1,1", "2,1")
    problem = dm.locator(".map-problem")
    await expect(problem).to_have_text("Choose at least one player.")
    box, pointer = await problem.bounding_box(), await place_of(dm, "2,1")
    assert box is not None
    assert abs(box["x"] + box["width"] / 2 - pointer[0]) < 200
    assert abs(box["y"] - pointer[1]) < 60
    await dm.get_by_label("Ada", exact=True).check()
    await draw(dm, "1,1", "2,1")
    await expect(problem).to_be_hidden()
    await knows(player, "10 hexes")


@pytest.mark.parametrize("orientation", ["flat", "pointy"])
async def test_the_canvas_shows_terrain_and_fog(set_table: TableMaker, people: Visitors, orientation: str) -> None:
    """At the middle of each hex a player's canvas has the colour of its terrain, or that of the fog."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    terrains = ("water", "desert", "forest", "swamp", "arctic", "made-up")
    await bring_in(dm, map_file([(q, r, terrains[q]) for q in range(6) for r in range(6)], orientation))
    await knows(dm, "36 hexes")
    known = [f"{q},{r}" for q in range(6) for r in range(6) if (q + r) % 2]
    await reveal(dm, " ".join(known))
    await knows(player, "18 hexes")
    if orientation == "pointy":
        await stand_upright(player)
    fog, look = await fog_colour(player), await looks(player)
    everywhere = [f"{q},{r}" for q in range(-1, 7) for r in range(-1, 7)]
    # Near enough the mark is drawn too, farther away only the ground.
    for wheel in (300, 600):
        await player.mouse.move(*await place_of(player, "3,3"))
        await player.mouse.wheel(0, wheel)
        for key, colour in zip(everywhere, await colours_at(player, everywhere), strict=True):
            if key in known:
                assert colour.is_between(*look[terrains[int(key[0])]]), (key, colour)
            else:
                assert colour == fog, key
    hidden, shown = await colours_at(dm, ["0,0", "0,1"])
    assert hidden != shown, "the DM sees what players do not know under a hatch"


async def test_touch_moves_and_zooms(set_table: TableMaker, people: Visitors) -> None:
    """One finger takes the map along, two spread it, and neither chooses or paints anything."""
    table = await set_table()
    dm, _ = await dm_and_player(people, table)
    await bring_in(dm, map_file(block(4)))
    await knows(dm, "16 hexes")
    await settled(dm)
    await press(dm, "Reveal")
    cdp = await dm.context.new_cdp_session(dm)
    (x0, y0), (x1, y1) = await place_of(dm, "0,0"), await place_of(dm, "3,0")

    async def touch(kind: str, *points: tuple[float, float]) -> None:
        await cdp.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]},
        )

    await touch("touchStart", (x0, y0))
    await touch("touchStart", (x0, y0), (x1, y1))
    for step in (10, 20, 30):
        await touch("touchMove", (x0 - step, y0), (x1 + step, y1))
    await touch("touchEnd")
    (new_x0, _), (new_x1, _) = await place_of(dm, "0,0"), await place_of(dm, "3,0")
    # The browser keeps the first dots of a touch to itself: it may still become a tap.
    assert 30 < (new_x1 - new_x0) - (x1 - x0) <= 60
    assert "hexes_revealed" not in table.topics()
