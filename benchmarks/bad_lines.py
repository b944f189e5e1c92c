"""A table over lines that are slow, dead or flapping, and over an outage of the database, as its clients see it.

The floor of a slow line is the time that its bytes take at that speed.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
from aiohttp.typedefs import LooseCookies
from psycopg.conninfo import conninfo_to_dict
from rich.console import Console
from rich.progress import Progress

from benchmarks.live import fogbound
from benchmarks.slow_front import SlowFront
from migrations.embedded.server import EmbeddedServer
from migrations.runner import migrate
from transport.client import Client

SPEEDS = (100_000, 130_000)
"""Bytes a second: a phone at the edge of its cell."""
WIDTH, HEIGHT = 400, 250
TERRAINS = ("forest", "grassland", "desert", "mountain", "water", "coast", "swamp", "arctic")
FLAPS = 40
Tell = Callable[..., None]
"""Takes what was measured, the seconds, and those of the floor if there is one."""
OUTAGE_SECONDS = 40.0


async def measure() -> None:
    """Prints each figure as it comes. Takes about four minutes."""
    console = Console()
    console.print(f"Bad lines, at a map of {WIDTH * HEIGHT:,} hexes: seconds")

    def tell(what: str, measured: float, floor: float | None = None) -> None:
        console.print(f"  {what}: {measured:.2f}" + (f" (floor {floor:.2f})" if floor is not None else ""))

    with tempfile.TemporaryDirectory(prefix="fogbound-bench-") as folder:
        database = EmbeddedServer.start(Path(folder))
        try:
            migrate(database.url)
            with fogbound.serving(database.url, pinned=False) as server, Progress() as progress:
                async with Client(server.url) as dm:
                    await dm.sign_up("Dee")
                    campaign = await dm.create_campaign("Far")
                    await dm.import_map(campaign, a_large_map())
                    step = progress.add_task("lines", total=4)
                    await slow_lines(dm, server.url, campaign, tell)
                    progress.advance(step)
                    await dead_lines(dm, server.url, campaign, tell)
                    progress.advance(step)
                    await a_flapping_phone(dm, server.url, campaign, tell)
                    progress.advance(step)
                    database = await an_outage(dm, database, Path(folder), campaign, tell)
                    progress.advance(step)
        finally:
            database.stop()


def a_large_map() -> bytes:
    hexes = [
        {"q": q, "r": r, "terrain": TERRAINS[(q // 5 + r // 7) % len(TERRAINS)]}
        for q in range(WIDTH)
        for r in range(HEIGHT)
    ]
    size = {"gridWidth": WIDTH, "gridHeight": HEIGHT, "hexSize": 20, "orientation": "flat"}
    return json.dumps({"version": 1, "name": "Far", **size, "hexes": hexes}).encode()


def cookies_of(client: Client) -> LooseCookies:
    return {cookie.key: cookie.value for cookie in client._session.cookie_jar}


async def another(stack: AsyncExitStack, person: Client, url: str) -> Client:
    """The same person at another address of the server."""
    client = await stack.enter_async_context(Client(url))
    client._session.cookie_jar.update_cookies(cookies_of(person))
    return client


async def slow_lines(dm: Client, url: str, campaign: str, tell: Tell) -> None:
    """Compressed states one after the other, and then those that are not at the same time."""

    async def packed(speed: int) -> None:
        async with AsyncExitStack() as stack:
            front = await stack.enter_async_context(SlowFront.before(url, speed))
            client = await another(stack, dm, front.url)
            came = await timed(client.connect(campaign))
            floor = front.carried / speed
            answered = await timed(client.send("session:start") if speed == SPEEDS[0] else client.send("session:pause"))
            name = f"{speed // 1000} kB/s"
            tell(f"{name}: until the state is there", came, floor)
            tell(f"{name}: from a command to its answer", answered)

    async def plain(speed: int) -> None:
        """As a client that reads nothing compressed; that a command is answered shows that the line lives."""
        async with SlowFront.before(url, speed) as front, aiohttp.ClientSession(cookies=cookies_of(dm)) as session:
            address = f"{front.url.replace('http', 'ws')}/ws?campaignId={campaign}"
            start = time.perf_counter()
            async with session.ws_connect(address, max_msg_size=0, headers={"Origin": "http://127.0.0.1"}) as socket:
                while (await socket.receive_json())["type"] != "session:state":
                    pass
                came, floor = time.perf_counter() - start, front.carried / speed
                await socket.send_json({"type": "hex:reveal", "hexKeys": ["0,0"], "targets": "all", "id": "a"})
                while (said := await socket.receive_json()).get("id") != "a":
                    pass
                assert said["type"] in ("ack", "error")
            tell(f"{speed // 1000} kB/s, not compressed", came, floor)

    for speed in SPEEDS:
        await packed(speed)
    await asyncio.gather(*(plain(speed) for speed in SPEEDS))


async def dead_lines(dm: Client, url: str, campaign: str, tell: Tell) -> None:
    """How long until a client notices and comes back, with a command that waits for its answer and without."""

    async def notices(*, asks: bool) -> float:
        async with AsyncExitStack() as stack:
            front = await stack.enter_async_context(SlowFront.before(url))
            client = await another(stack, dm, front.url)
            await client.connect(campaign)
            front.freeze()
            start = time.perf_counter()
            if asks:
                await client.send("hex:reveal", hexKeys=["1,1"], targets="all")
                return time.perf_counter() - start
            before = client.greeting
            await client.until(lambda _: client.is_live and client.greeting is not before)
            return time.perf_counter() - start

    quiet, asking = await asyncio.gather(notices(asks=False), notices(asks=True))
    tell("a dead line: until a client is back, who says nothing", quiet)
    tell("a dead line: until a command is answered over the next one", asking)


async def a_flapping_phone(dm: Client, url: str, campaign: str, tell: Tell) -> None:
    """Each connection dies without a goodbye as soon as it is made: the last comes in like the first."""
    took = []
    async with AsyncExitStack() as stack:
        front = await stack.enter_async_context(SlowFront.before(url))
        for _ in range(FLAPS):
            client = await another(stack, dm, front.url)
            took.append(await timed(client.connect(campaign)))
            front.freeze()
    tell(f"a phone that flaps {FLAPS} times: the last connecting, and the first", took[-1], took[0])


async def an_outage(dm: Client, database: EmbeddedServer, folder: Path, campaign: str, tell: Tell) -> EmbeddedServer:
    """Seconds from the moment when the database takes connections again."""
    await dm.connect(campaign)
    await asyncio.to_thread(database.stop)
    await asyncio.sleep(OUTAGE_SECONDS)
    known = socket_folder(database.url)
    database = await asyncio.to_thread(EmbeddedServer.start, folder)
    # Each start has another socket, and the server knows the one of before.
    known.parent.mkdir(parents=True, exist_ok=True)
    known.symlink_to(socket_folder(database.url))

    async def asks() -> None:
        while True:
            try:
                await dm.campaigns()
            except Exception:
                await asyncio.sleep(0.1)
            else:
                return

    command = dm.send("hex:reveal", hexKeys=["2,2"], targets="all")
    called, played = await asyncio.gather(timed(asks()), timed(command))
    away = f"after {OUTAGE_SECONDS:.0f} s without a database: until"
    tell(f"{away} a call is answered", called)
    tell(f"{away} a command is", played)
    return database


def socket_folder(url: str) -> Path:
    return Path(str(conninfo_to_dict(url)["host"]))


async def timed(something: Awaitable[object]) -> float:
    start = time.perf_counter()
    await something
    return time.perf_counter() - start
