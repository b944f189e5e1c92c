from __future__ import annotations

import json

import pytest
from playwright.async_api import Page

from projections.hex_geometry import Hex, Orientation, center_of
from tests.projections.hex_examples import FILE

pytestmark = pytest.mark.asyncio(loop_scope="session")

ORIENTATIONS: tuple[Orientation, ...] = ("flat", "pointy")
OPERATIONS = {
    "center": "({ hex, orientation }) => hexes.centerOf(hex, orientation)",
    "at": "({ point, orientation }) => hexes.hexAt(point, orientation)",
    "distance": "({ from, to }) => hexes.distance(from, to)",
    "line": "({ from, to }) => hexes.lineBetween(from, to)",
    "within": "({ hex, radius }) => hexes.within(hex, radius)",
    "box": "({ from, to, orientation }) => [...hexes.inBox(from, to, orientation)]",
}


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_the_page_does_the_engines_arithmetic(modules: Page, operation: str) -> None:
    """The recorded examples come out as they do in projections/hex_geometry.py."""
    examples = json.loads(FILE.read_text(encoding="utf-8"))[operation]
    script = f"""async (examples) => {{
        const hexes = await import("/static/map/hexes.js");
        return examples.map({OPERATIONS[operation]});
    }}"""
    assert await modules.evaluate(script, examples) == [example["gives"] for example in examples]


async def test_keys_and_hexes_are_the_same(modules: Page) -> None:
    """There and back, and a zero has no sign."""
    script = """async (keys) => {
        const { formatKey, parseKey, inBox, hexAt } = await import("/static/map/hexes.js");
        const around = [...inBox([-1, -1], [1, 1], "flat"), hexAt([-0.2, -0.2], "pointy")];
        return [keys.map((key) => formatKey(parseKey(key))), around.map(formatKey)];
    }"""
    keys = ["0,0", "-3,4", "99999,-99999"]
    assert await modules.evaluate(script, keys) == [keys, ["0,0", "0,0"]]


@pytest.mark.parametrize("orientation", ORIENTATIONS)
async def test_every_point_of_a_hex_is_found_in_it(modules: Page, orientation: str) -> None:
    """The middle of a hex, and places close to each of its corners, belong to that hex."""
    script = """async (orientation) => {
        const { centerOf, cornersOf, hexAt } = await import("/static/map/hexes.js");
        const wrong = [];
        for (let q = -40; q <= 40; q += 1) for (let r = -40; r <= 40; r += 1) {
            const [x, y] = centerOf([q, r], orientation);
            for (const [dx, dy] of [[0, 0], ...cornersOf(orientation)]) {
                const found = hexAt([x + dx * 0.98, y + dy * 0.98], orientation);
                if (found[0] !== q || found[1] !== r) wrong.push([q, r, found]);
            }
        }
        return wrong;
    }"""
    assert await modules.evaluate(script, orientation) == []


@pytest.mark.parametrize("orientation", ORIENTATIONS)
async def test_arrow_keys_stay_level_and_lead_back(modules: Page, orientation: Orientation) -> None:
    """Ten steps to one side end as high as they began, or a hex's half off, and ten back end where they began."""
    script = """async (orientation) => {
        const { stepFrom } = await import("/static/map/hexes.js");
        const walk = (from, right, down) => {
            let hex = from;
            for (let i = 0; i < 10; i += 1) hex = stepFrom(hex, right, down, orientation);
            return hex;
        };
        return [[1, 0], [0, 1]].flatMap(([right, down]) => [[-3, 2], [4, -1]].map((start) => {
            const end = walk(start, right, down);
            return { start, end, back: walk(end, -right, -down), right };
        }));
    }"""
    for walked in await modules.evaluate(script, orientation):
        assert walked["back"] == walked["start"]
        start, end = (center_of(Hex(*walked[name]), orientation) for name in ("start", "end"))
        moved = (end.x - start.x, end.y - start.y)
        along, across = moved if walked["right"] else moved[::-1]
        assert along > 10
        assert abs(across) < 1


READ = """async (text) => {
    const { readKeys } = await import("/static/dm/hex-keys.js");
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
