"""How smoothly a map of 100,000 hexes moves in a browser.

Without a window Chromium draws on the processor, so the pace of the frames says little about a laptop with a graphics
card. What the page itself computes in a frame says more: of the 16.7 ms between two frames at 60 a second it may take
a part, and the rest is the browser's. The floor is a page that only copies one picture of the same size a frame.
"""

from __future__ import annotations

import json
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from playwright.async_api import Page
from rich.console import Console
from rich.table import Table

from tests.transport.web.chromium import a_browser_or_exit
from transport.client import Client
from transport.rehearsal.stage import own_stage

SIDE = 316
TERRAINS = ("forest", "grassland", "desert", "mountain", "water", "coast", "swamp", "arctic")
FRAMES = 240
WIDTH, HEIGHT = 1440, 900
VIEWS = {"all of it": 0, "hexes of 6 dots": 6.0, "hexes of 20 dots": 20.0}

# Sums up what the callbacks of one frame take, whoever asked for it.
WATCH_FRAMES = """
    window.spent = [];
    const ask = window.requestAnimationFrame.bind(window);
    let now = null;
    window.requestAnimationFrame = (act) => ask((time) => {
        const start = performance.now();
        act(time);
        if (now !== time) { window.spent.push(0); now = time; }
        window.spent[window.spent.length - 1] += performance.now() - start;
    });
"""
PAN = """async (frames) => {
    window.spent.length = 0;
    const times = [];
    const surface = document.querySelector(".surface");
    const at = (kind, x, y) => surface.dispatchEvent(new PointerEvent(kind, {
        pointerId: 1, button: kind === "pointermove" ? -1 : 1, buttons: 4, clientX: x, clientY: y, bubbles: true }));
    surface.setPointerCapture = () => {};
    at("pointerdown", 400, 400);
    for (let i = 0; i < frames; i += 1) {
        times.push(await new Promise(requestAnimationFrame));
        const turn = (i / frames) * 4 * Math.PI;
        at("pointermove", 400 + 320 * Math.sin(turn), 400 + 240 * Math.sin(2 * turn));
    }
    at("pointerup", 400, 400);
    return { spent: window.spent, times };
}"""
FLOOR = """async (frames) => {
    const picture = document.createElement("canvas");
    const canvas = document.querySelector(".map-canvas").cloneNode();
    document.querySelector(".surface").append(canvas);
    [picture.width, picture.height] = [canvas.width, canvas.height];
    picture.getContext("2d").fillRect(10, 10, 500, 500);
    const context = canvas.getContext("2d", { alpha: false });
    const [spent, times] = [[], []];
    for (let i = 0; i < frames; i += 1) {
        times.push(await new Promise(requestAnimationFrame));
        const start = performance.now();
        context.drawImage(picture, i % 100, i % 60);
        spent.push(performance.now() - start);
    }
    canvas.remove();
    return { spent, times };
}"""
SETTLED = "fogbound.map.isSettled && fogbound.client.state.terrain.size"
ZOOM_TO = """(radius) => {
    const { map } = fogbound;
    const [x0] = map.placeOf("0,0");
    const [x1] = map.placeOf("2,0");
    map.zoom(radius / ((x1 - x0) / 3));
}"""


class Frames(NamedTuple):
    """Milliseconds: what the page computed in each frame, and how far the frames lay apart."""

    spent: list[float]
    apart: list[float]


async def measure() -> None:
    """Prints a table."""
    table = Table(title=f"A map of {SIDE * SIDE:,} hexes on a page of {WIDTH} by {HEIGHT}")
    for column in ("moving", "the page, median", "99 %", "longest", "frames a second", "floor"):
        table.add_column(column, justify="left" if column == "moving" else "right")
    async with own_stage() as stage, Client(stage.url) as dm, a_browser_or_exit() as browser:
        await dm.sign_up("Wren")
        campaign = await dm.create_campaign("Large")
        await dm.import_map(campaign, map_file())
        link = (await dm.invite(campaign, "dm"))["link"]
        page = await browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        await page.add_init_script(WATCH_FRAMES)
        opened = await open_table(page, link)
        floor = frames_of(await page.evaluate(FLOOR, FRAMES))
        for view, radius in VIEWS.items():
            if radius:
                await page.evaluate(ZOOM_TO, radius)
                await settle(page)
            moved = frames_of(await page.evaluate(PAN, FRAMES))
            table.add_row(view, *figures(moved), f"{1000 / median(floor.apart):.0f}")
            await settle(page)
    Console().print(table, f"From opening the page to the painted map: {opened:.0f} ms")


def figures(frames: Frames) -> tuple[str, ...]:
    spent = sorted(frames.spent)
    parts = (median(spent), spent[int(len(spent) * 0.99)], spent[-1])
    return (*(f"{part:.1f} ms" for part in parts), f"{1000 / median(frames.apart):.0f}")


def frames_of(told: dict[str, list[float]]) -> Frames:
    times = told["times"]
    return Frames(told["spent"], [later - earlier for earlier, later in pairwise(times)])


async def open_table(page: Page, link: str) -> float:
    """Milliseconds until everything is painted."""
    await page.goto(link)
    await page.get_by_label("Your name").fill("Looker")
    await page.get_by_role("button", name="Join").click()
    await page.wait_for_url("**/table/*")
    await settle(page)
    await page.reload()
    await settle(page)
    took: float = await page.evaluate("performance.now()")
    return took


async def settle(page: Page) -> None:
    while not await page.evaluate(f"window.fogbound && {SETTLED}"):
        await page.wait_for_timeout(20)


def map_file() -> bytes:
    """Bands of all the usual terrains."""
    hexes = [
        {"q": q, "r": r - q // 2, "terrain": TERRAINS[(q // 7 + r // 5) % len(TERRAINS)], "terrainVariant": 0}
        for q in range(SIDE)
        for r in range(SIDE)
    ]
    layout = {"gridWidth": SIDE, "gridHeight": SIDE, "hexSize": 40, "orientation": "flat"}
    return json.dumps({"version": 1, "name": "Large", **layout, "hexes": hexes}).encode()
