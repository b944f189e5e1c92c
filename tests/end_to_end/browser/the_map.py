"""What a page's map shows, read from the page's own state and from the dots of its canvas."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, NamedTuple

from playwright.async_api import Page

from tests.end_to_end.peers import PATIENCE
from tests.transport.web.folded import SHOWN


class Colour(NamedTuple):
    """Red, green, blue, 0 to 255."""

    red: int
    green: int
    blue: int

    def is_like(self, other: Colour) -> bool:
        """As far as an eye can tell."""
        return max(abs(mine - theirs) for mine, theirs in zip(self, other, strict=True)) <= 6

    def is_between(self, one: Colour, other: Colour, most: int = 4) -> bool:
        """One of the two, or a mixture, as on the edge of a mark; `most` for what rounding makes of a colour."""
        return all(min(a, b) - most <= mine <= max(a, b) + most for mine, a, b in zip(self, one, other, strict=True))


_STATE = f"() => ({SHOWN})(fogbound.client.state)"
_LOOKS = """async () => {
    const { lookOf } = await import("/static/map/terrains.js");
    const names = [...new Set(fogbound.client.state.terrain.values())];
    return Object.fromEntries(names.map((name) => [name, [lookOf(name).color, lookOf(name).ink]]));
}"""
_DOTS = """(keys) => {
    const canvas = document.querySelector(".map-canvas");
    const copy = new OffscreenCanvas(canvas.width, canvas.height);
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    const box = canvas.getBoundingClientRect();
    const density = canvas.width / box.width;
    return keys.map((key) => {
        const [x, y] = fogbound.map.placeOf(key);
        const [left, top] = [(x - box.left) * density, (y - box.top) * density];
        return [...context.getImageData(Math.round(left), Math.round(top), 1, 1).data].slice(0, 3);
    });
}"""
# Of a square around the middle, since a hatch is here a thread and there none.
_AVERAGES = """([keys, side]) => {
    const canvas = document.querySelector(".map-canvas");
    const copy = new OffscreenCanvas(canvas.width, canvas.height);
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    const box = canvas.getBoundingClientRect();
    return keys.map((key) => {
        const [x, y] = fogbound.map.placeOf(key);
        const { data } = context.getImageData(x - box.left - side / 2, y - box.top - side / 2, side, side);
        const sums = [0, 0, 0];
        data.forEach((value, i) => { if (i % 4 < 3) sums[i % 4] += value; });
        return sums.map((sum) => Math.round(sum / (side * side)));
    });
}"""
_FOG = "() => getComputedStyle(document.body).getPropertyValue('--map-fog').trim()"


async def state_of(page: Page) -> dict[str, Any]:
    """What the page knows, in the form of folded.py."""
    known: dict[str, Any] = await page.evaluate(_STATE)
    return known


async def has_been_told_of(page: Page, key: str) -> None:
    """Waits until the hex is revealed to the viewer, whatever the page says at the moment."""
    async with asyncio.timeout(PATIENCE):
        while not await page.evaluate("(key) => fogbound.client.state.revealed.has(key)", key):  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.05)


async def settled(page: Page) -> None:
    """Waits until the canvas shows everything as it is."""
    async with asyncio.timeout(PATIENCE):
        while not await page.evaluate("fogbound.map.isSettled"):  # noqa: ASYNC110 - the page has no event for it
            await asyncio.sleep(0.05)


async def colours_at(page: Page, keys: Iterable[str]) -> list[Colour]:
    """The colours that the canvas has at the middles of the hexes."""
    await settled(page)
    return [Colour(*dot) for dot in await page.evaluate(_DOTS, list(keys))]


async def averages_at(page: Page, keys: Iterable[str], side: int = 28) -> list[Colour]:
    """The colours of squares of the canvas around the middles of the hexes: how they look from farther away."""
    await settled(page)
    return [Colour(*dot) for dot in await page.evaluate(_AVERAGES, [list(keys), side])]


async def fog_colour(page: Page) -> Colour:
    """Of a player's fog, and of what lies around a map."""
    return _parsed(await page.evaluate(_FOG))


async def looks(page: Page) -> dict[str, tuple[Colour, Colour]]:
    """Of the terrains that the page knows: the colour of the ground and of the mark."""
    known = await page.evaluate(_LOOKS)
    return {terrain: (_parsed(ground), _parsed(ink)) for terrain, (ground, ink) in known.items()}


async def place_of(page: Page, key: str) -> tuple[float, float]:
    """Where in the window the middle of the hex is."""
    x, y = await page.evaluate("(key) => fogbound.map.placeOf(key)", key)
    return x, y


async def click_hex(page: Page, key: str, **how: Any) -> None:
    await page.mouse.move(*await place_of(page, key))
    if how.get("shift"):
        await page.keyboard.down("Shift")
    await page.mouse.down()
    await page.mouse.up()
    if how.get("shift"):
        await page.keyboard.up("Shift")


async def knows_something(page: Page) -> None:
    """Waits until a hex was told to the page; what it says below the map is of the hex under the mouse."""
    async with asyncio.timeout(PATIENCE):
        while not await page.evaluate("fogbound.client.state.terrain.size"):  # noqa: ASYNC110 - it is in the browser
            await asyncio.sleep(0.05)


async def draw(page: Page, *keys: str, shift: bool = False) -> None:
    """Presses on the first hex, moves over the others, lets go on the last."""
    start, *others = [await place_of(page, key) for key in keys]
    if shift:
        await page.keyboard.down("Shift")
    await page.mouse.move(*start)
    await page.mouse.down()
    for x, y in others:
        await page.mouse.move(x, y, steps=4)
    await page.mouse.up()
    if shift:
        await page.keyboard.up("Shift")


def _parsed(colour: str) -> Colour:
    return Colour(*(int(colour[i : i + 2], 16) for i in (1, 3, 5)))
