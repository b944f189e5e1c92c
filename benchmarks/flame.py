"""Where a busy server's time goes, as a flame graph: `docs/pictures/flame.jpg`.

Each box is a function, as wide as the share of samples in which it ran; on it stand those that it called.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import plotly.graph_objects as go
from rich.console import Console
from rich.progress import Progress

from benchmarks.live.cores import leave_the_server_alone
from benchmarks.live.fogbound import serving
from benchmarks.live.loads import closed_loop
from benchmarks.live.people import make_rooms, seat_all
from benchmarks.live.postgres import a_database
from benchmarks.live.swarm import Swarm
from tests.transport.web.chromium import a_browser_or_exit

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "pictures" / "flame.jpg"
ROOMS, PLAYERS = 20, 4
SECONDS = 10
WIDTH, HEIGHT = 1600, 900
LEAST_SHARE = 0.004
"""Narrower boxes could not be read."""

BOTTOM = "Handle._run"
"""The event loop calls everything through it."""

OWNERS = {
    "domain": "#d79a2b",
    "projections": "#6fb48f",
    "transport": "#56b4e9",
    "asyncio": "#cfc8b4",
    "aiohttp": "#cc79a7",
    "psycopg": "#d98b6a",
    "others": "#e6e0d0",
}
"""Whose a function is, and its colour."""

Sample = tuple[list[tuple[str, str]], int]
Stack = tuple[tuple[str, str], ...]
"""Of a sample: owner and function, from the bottom up."""


async def measure() -> None:
    """Twenty busy rooms for ten seconds; needs Chromium for the picture."""
    with tempfile.TemporaryDirectory(prefix="fogbound-flame-") as folder:
        file = Path(folder) / "samples.json"
        samples = await asyncio.to_thread(_samples, file)
        page = Path(folder) / "flame.html"
        _figure(_stacks(samples)).write_html(page, include_plotlyjs=True)
        async with a_browser_or_exit() as browser:
            tab = await browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            await tab.goto(page.as_uri())
            await tab.locator(".slice").first.wait_for()
            await tab.screenshot(path=PICTURE, type="jpeg", quality=80)
    Console().print(f"{sum(times for _, times in samples):,} samples: {PICTURE}")


def _samples(file: Path) -> list[Sample]:
    leave_the_server_alone()
    program = ("-m", "benchmarks.live.sampled", str(file))
    with a_database() as database, serving(database, program=program) as server, Swarm() as swarm, Progress() as bar:
        rooms = seat_all(swarm, server.url, make_rooms(server.url, ROOMS, PLAYERS))
        closed_loop(swarm, rooms, 1.0, 1, server.pid)
        os.kill(server.pid, signal.SIGUSR1)
        for _ in bar.track(range(SECONDS), description="sampling"):
            closed_loop(swarm, rooms, 1.0, 1, server.pid)
        os.kill(server.pid, signal.SIGUSR1)
        while not file.exists():
            swarm.rest(0.1)
        found: list[Sample] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _stacks(samples: Iterable[Sample]) -> Counter[Stack]:
    """Without what lies below each of them: how the server was started."""
    stacks: Counter[Stack] = Counter()
    for places, times in samples:
        functions = [function for _, function in places]
        start = functions.index(BOTTOM) + 1 if BOTTOM in functions else len(functions) - 1
        stacks[tuple((_owner(file), function) for file, function in places[start:])] += times
    return stacks


def _owner(file: str) -> str:
    path = Path(file)
    if path.is_relative_to(ROOT) and "site-packages" not in path.parts:
        return path.relative_to(ROOT).parts[0]
    return next((part for part in reversed(path.parts[:-1]) if part in OWNERS), "others")


def _label(box: Stack, share: float) -> str:
    """Short, for most boxes are narrow: without the class."""
    return f"{box[-1][1].rpartition('.')[2]} {share:.0%}" if box else "a turn of the event loop"


def _figure(stacks: Counter[Stack]) -> go.Figure:
    boxes: Counter[Stack] = Counter()
    for stack, times in stacks.items():
        for height in range(len(stack) + 1):
            boxes[stack[:height]] += times
    everything = boxes[()]
    shown = [box for box, times in boxes.items() if times >= LEAST_SHARE * everything]
    names = [_label(box, boxes[box] / everything) for box in shown]
    icicle = go.Icicle(
        ids=[str(box) for box in shown],
        labels=names,
        parents=[str(box[:-1]) if box else "" for box in shown],
        values=[boxes[box] for box in shown],
        branchvalues="total",
        marker={"colors": [OWNERS.get(box[-1][0], OWNERS["others"]) if box else OWNERS["others"] for box in shown]},
        textinfo="label",
        textfont={"size": 15},
        tiling={"orientation": "v", "flip": "y"},
        root={"color": OWNERS["others"]},
    )
    legend = "   ".join(f'<span style="color:{colour}">■</span> {owner}' for owner, colour in OWNERS.items())
    return go.Figure(icicle).update_layout(
        title={"text": legend, "font": {"size": 18}, "x": 0.5},
        margin={"l": 10, "r": 10, "t": 60, "b": 10},
        uniformtext={"minsize": 12, "mode": "hide"},
        width=WIDTH - 20,
        height=HEIGHT - 20,
    )
