from __future__ import annotations

from math import hypot, sqrt

import pytest
from playwright.async_api import Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

ORIENTATIONS = ("flat", "pointy")
# Six ways from a hex to the next, as every axial grid has them.
NEIGHBOURS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, -1), (-1, 1))


async def centers(page: Page, hexes: list[tuple[int, int]], orientation: str) -> list[tuple[float, float]]:
    script = """async ([hexes, orientation]) => {
        const { centerOf } = await import("/static/hexes.js");
        return hexes.map(([q, r]) => centerOf(q, r, orientation));
    }"""
    return [(x, y) for x, y in await page.evaluate(script, [hexes, orientation])]


@pytest.mark.parametrize("orientation", ORIENTATIONS)
async def test_neighbours_lie_all_around_at_the_same_distance(modules: Page, orientation: str) -> None:
    """The six hexes around one touch it, and each lies in another direction."""
    around = await centers(modules, list(NEIGHBOURS), orientation)
    assert [hypot(x, y) for x, y in around] == pytest.approx([sqrt(3)] * 6)
    assert len({(round(x, 6), round(y, 6)) for x, y in around}) == 6


async def test_flat_hexes_stand_in_columns_and_pointy_ones_in_rows(modules: Page) -> None:
    """r leads straight down when the tops are flat, and q straight to the right when they are pointed."""
    [below] = await centers(modules, [(0, 1)], "flat")
    assert below == pytest.approx((0, sqrt(3)))
    [beside] = await centers(modules, [(1, 0)], "pointy")
    assert beside == pytest.approx((sqrt(3), 0))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
async def test_every_point_of_a_hex_is_found_in_it(modules: Page, orientation: str) -> None:
    """The middle of a hex, and places close to each of its corners, belong to that hex."""
    script = """async (orientation) => {
        const { centerOf, cornersOf, hexAt } = await import("/static/hexes.js");
        const wrong = [];
        for (let q = -40; q <= 40; q += 1) for (let r = -40; r <= 40; r += 1) {
            const [x, y] = centerOf(q, r, orientation);
            for (const [dx, dy] of [[0, 0], ...cornersOf(orientation)]) {
                const found = hexAt(x + dx * 0.98, y + dy * 0.98, orientation);
                if (found !== `${q},${r}`) wrong.push([q, r, found]);
            }
        }
        return wrong;
    }"""
    assert await modules.evaluate(script, orientation) == []


@pytest.mark.parametrize("orientation", ORIENTATIONS)
async def test_arrow_keys_stay_level_and_lead_back(modules: Page, orientation: str) -> None:
    """Ten steps to one side end as high as they began, or a hex's half off, and ten back end where they began."""
    script = """async (orientation) => {
        const { stepFrom } = await import("/static/hexes.js");
        const walk = (from, right, down) => {
            let hex = from;
            for (let i = 0; i < 10; i += 1) hex = stepFrom(...hex, right, down, orientation);
            return hex;
        };
        return [[1, 0], [0, 1]].flatMap(([right, down]) => [[-3, 2], [4, -1]].map((start) => {
            const end = walk(start, right, down);
            return { start, end, back: walk(end, -right, -down), right };
        }));
    }"""
    for walked in await modules.evaluate(script, orientation):
        assert walked["back"] == walked["start"]
        start, end = await centers(modules, [tuple(walked["start"]), tuple(walked["end"])], orientation)
        moved = (end[0] - start[0], end[1] - start[1])
        along, across = moved if walked["right"] else moved[::-1]
        assert along > 10
        assert abs(across) < 1


READ = """async (text) => {
    const { readKeys } = await import("/static/hex-keys.js");
    try { return readKeys(text); } catch (error) { return error.message; }
}"""


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", []),
        ("3,4", ["3,4"]),
        (" 3,4  5,-2\n0,0 ", ["3,4", "5,-2", "0,0"]),
        ("3,4,5,-2;1 2", ["3,4", "5,-2", "1,2"]),
        ("1,1 1,1", ["1,1"]),
        ("007,-0", ["7,0"]),
    ],
)
async def test_keys_are_read_as_people_write_them(modules: Page, text: str, keys: list[str]) -> None:
    """Commas, spaces, semicolons and line ends all separate; what comes out is the protocol's form."""
    assert await modules.evaluate(READ, text) == keys


@pytest.mark.parametrize(("text", "named"), [("3,x", "x"), ("1e3,0", "1e3"), ("1,2 3", "3"), ("123456,0", "123456")])
async def test_what_is_no_key_is_named(modules: Page, text: str, named: str) -> None:
    """A slip of the pen is told with the place, and nothing is guessed."""
    assert f"{named}" in await modules.evaluate(READ, text)
    assert isinstance(await modules.evaluate(READ, text), str)
