"""What only shows on large screens and with large queues."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAINT = """async ([width, height]) => {
    const { TileLayer } = await import("/static/map/tile-layer.js");
    const { MapCamera } = await import("/static/map/camera.js");
    const camera = new MapCamera();
    let painted = 0;
    const layer = new TileLayer(camera.scale, 1, () => { painted += 1; });
    const size = [width, height];
    while (painted < 1_000 && layer.paintOne(camera, size, 200));
    const atFirst = { painted, isComplete: layer.isComplete(camera, size) };
    for (let step = 0; step < 40; step += 1) {
        camera.panBy(300, 100);
        while (painted < 10_000 && layer.paintOne(camera, size));
    }
    return { ...atFirst, later: painted, isStillComplete: layer.isComplete(camera, size) };
}"""
STAGE = """async (number) => {
    const { Scene } = await import("/static/map/scene.js");
    const { ViewerState } = await import("/static/client/viewer-state.js");
    const [scene, state] = [new Scene(), new ViewerState()];
    scene.fill(state, true, "flat");
    const hexKeys = Array.from({ length: number }, (_, n) => `${n % 1000},${Math.floor(n / 1000)}`);
    state.staged = [{ id: "a", data: { hexKeys } }];
    const marked = scene.changeQueue(state, true);
    state.staged = [];
    const unmarked = scene.changeQueue(state, true);
    return [marked.filter((hex) => hex.isStaged).length, unmarked.filter((hex) => !hex.isStaged).length];
}"""


@pytest.mark.parametrize("size", [[1280, 800], [3840, 2160], [7680, 4320]])
async def test_a_screen_of_any_size_is_painted_once(modules: Page, size: list[int]) -> None:
    """However many tiles it takes, none is dropped that is needed; and a map that is moved paints only what is new."""
    told: dict[str, Any] = await modules.evaluate(PAINT, size)
    across, down = (length // 256 + 2 for length in size)
    assert told["isComplete"]
    assert told["painted"] <= (across + 2) * (down + 2)
    assert told["isStillComplete"]
    assert told["later"] < 10_000


async def test_a_long_queue_marks_all_its_hexes(modules: Page) -> None:
    """Hundreds of thousands of staged hexes are no reason to fall over."""
    assert await modules.evaluate(STAGE, 300_000) == [300_000, 300_000]
