"""What a DM's pointer covers on the map."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

from projections.hex_geometry import Hex, center_of, line_between, within

pytestmark = pytest.mark.asyncio(loop_scope="session")

STROKE = """async ([options, points, known]) => {
    const { Stroke } = await import("/static/map/stroke.js");
    const { Scene } = await import("/static/map/scene.js");
    const { ViewerState } = await import("/static/client/viewer-state.js");
    let scene = null;
    if (known !== null) {
        scene = new Scene();
        const state = new ViewerState();
        for (const key of known) state.terrain.set(key, "forest");
        scene.fill(state, true, "flat");
    }
    const stroke = new Stroke({ orientation: "flat", scene, ...options });
    const sizes = points.map((point) => { stroke.moveTo(point); return stroke.keys.size; });
    return { keys: [...stroke.keys], sizes, isTooMuch: stroke.isTooMuch };
}"""


async def stroke(page: Page, points: list[Any], known: list[str] | None = None, **options: Any) -> dict[str, Any]:
    """`keys` in the end, `sizes` after every move, `isTooMuch`."""
    made: dict[str, Any] = await page.evaluate(STROKE, [options, points, known])
    return made


def keys(hexes: list[Hex]) -> set[str]:
    return {f"{place.q},{place.r}" for place in hexes}


async def test_a_fast_brush_leaves_no_gap(modules: Page) -> None:
    """Between two places of the pointer the brush passes all the hexes on the line, each once."""
    start, end = Hex(0, 0), Hex(9, -3)
    there = [center_of(place, "flat") for place in (start, end, start)]
    drawn = await stroke(modules, there, shape="brush", size=1)
    assert set(drawn["keys"]) == keys(line_between(start, end))
    assert len(drawn["keys"]) == 10, "going back adds nothing"


async def test_a_wide_brush_covers_what_is_around(modules: Page) -> None:
    """Size 3 is all within two steps of the way."""
    way = [Hex(0, 0), Hex(4, 0)]
    drawn = await stroke(modules, [center_of(place, "flat") for place in way], shape="brush", size=3)
    assert set(drawn["keys"]) == keys([near for place in line_between(*way) for near in within(place, 2)])


async def test_one_hex_is_the_last(modules: Page) -> None:
    """The single hex goes with the pointer until that is let go."""
    drawn = await stroke(modules, [center_of(Hex(q, 0), "flat") for q in range(4)], shape="hex", size=1)
    assert (drawn["keys"], drawn["sizes"]) == (["3,0"], [1, 1, 1, 1])


async def test_a_box_grows_and_shrinks(modules: Page) -> None:
    """It holds what lies between where it began and where the pointer is now, and is never empty."""
    places = [center_of(Hex(*place), "flat") for place in ((0, 0), (6, 0), (2, 0))]
    drawn = await stroke(modules, places, shape="box", size=1)
    assert drawn["sizes"][0] == 1
    assert drawn["sizes"][1] > drawn["sizes"][2]
    assert {"0,0", "2,0"} <= set(drawn["keys"])


async def test_with_a_map_only_its_hexes_count(modules: Page) -> None:
    """A brush or a box that reaches over the edge takes what is on this side of it."""
    known = ["0,0", "1,0", "2,0"]
    for shape in ("brush", "box"):
        drawn = await stroke(modules, [[-3, -2], [9, 6]], known, shape=shape, size=8)
        assert set(drawn["keys"]) == set(known), shape
    assert (await stroke(modules, [[100, 100]], known, shape="hex", size=1))["keys"] == []


async def test_more_than_one_command_holds_is_noticed(modules: Page) -> None:
    """A box over half the world stops counting past the most that a command may have."""
    drawn = await stroke(modules, [[-90_000, -90_000], [90_000, 90_000]], shape="box", size=1)
    assert drawn["isTooMuch"]
    assert len(drawn["keys"]) == 10_001
    drawn = await stroke(modules, [[0, 0], [100, 100]], shape="box", size=1)
    assert not drawn["isTooMuch"]
