"""What pages cost that only lie open: the processor time of the server, with none, one and fifty of them.

The floor is the same server without any page. The first page opens the room, which then looks once a second for what
another process may have written; what the others add is their heartbeats. Every page is a real one, in a browser
context of its own person.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.live.processes import processor_seconds
from tests.transport.web.chromium import a_browser_or_exit

PAGES = (0, 1, 50)
SECONDS = 60.0


class Server(NamedTuple):
    """A process of its own, with a table ready to play."""

    pid: int
    player_link: str


async def measure() -> None:
    """Prints a table."""
    table = Table(title=f"The server in {SECONDS:.0f} seconds")
    for column in ("pages", "processor time", "of one core"):
        table.add_column(column, justify="right")
    async with a_server() as server, a_browser_or_exit() as browser:
        opened = 0
        for number in PAGES:
            for n in track(range(opened, number), "opening pages"):
                page = await (await browser.new_context()).new_page()
                await page.goto(server.player_link)
                await page.get_by_label("Your name").fill(f"Player {n}")
                await page.get_by_role("button", name="Join").click()
                await page.get_by_text("Connected", exact=True).wait_for()
            opened = number
            await asyncio.sleep(3)
            before = processor_seconds(server.pid)
            for _ in track(range(int(SECONDS)), "waiting"):
                await asyncio.sleep(1)
            spent = processor_seconds(server.pid) - before
            table.add_row(str(number), f"{spent * 1000:.0f} ms", f"{spent / SECONDS:.2%}")
    Console().print(table)


@asynccontextmanager
async def a_server() -> AsyncIterator[Server]:
    with tempfile.TemporaryDirectory(prefix="fogbound-bench-") as folder:
        play = ("-m", "transport.cli", "play", "--port", "0", "--json", "--data-dir", str(Path(folder) / "data"))
        process = await asyncio.create_subprocess_exec(
            sys.executable, *play, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        assert process.stdout is not None
        try:
            links = json.loads(await process.stdout.readline())
            yield Server(process.pid, links["playerLink"])
        finally:
            process.terminate()
            await process.wait()
