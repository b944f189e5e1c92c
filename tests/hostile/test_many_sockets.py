"""A great many sockets at once: what each of them costs, and what the others notice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from statistics import median

from tests.end_to_end.raw_websocket import connect, open_raw
from tests.hostile.scene import Scene, a_scene
from tests.hostile.test_others_go_on import SLACK_SECONDS
from tests.lanes import Lane

SILENT, SEATED = (500, 1_000, 9_000), (100, 300, 3_000)
"""In each lane."""

KIB = 1024
SILENT_BYTES, SEATED_BYTES = 32 * KIB, 128 * KIB
"""That one may cost."""

AT_ONCE = 100


Record = Callable[[str, object], None]


async def test_sockets_that_say_nothing(database: str, lane: Lane, record_property: Record) -> None:
    """Each costs little, and they delay nobody."""
    count = SILENT[lane]
    async with a_scene(database, FOGBOUND_IDLE_SECONDS="75") as scene, AsyncExitStack() as stack:

        async def open_one() -> None:
            await stack.enter_async_context(connect(scene.server.url))

        before, during, each = await cost(scene, open_one, count)
    figures = told(count, before, during, each)
    record_property("figures", figures)
    assert each < SILENT_BYTES, figures
    assert during <= 2 * before + SLACK_SECONDS, figures


async def test_sockets_at_the_table(database: str, lane: Lane, record_property: Record) -> None:
    """Many at one table, where all are told everything."""
    count = SEATED[lane]
    roomy = {"FOGBOUND_TABS": "10000", "FOGBOUND_HEARTBEAT_SECONDS": "60"}
    async with a_scene(database, **roomy) as scene, AsyncExitStack() as stack:
        player = await scene.a_player()

        async def sit_down() -> None:
            reader, _ = await stack.enter_async_context(open_raw(player, scene.table.campaign))
            await reader.readuntil(b"session:state")

        before, during, each = await cost(scene, sit_down, count)
    figures = told(count, before, during, each)
    record_property("figures", figures)
    assert each < SEATED_BYTES, figures


async def cost(scene: Scene, open_one: Callable[[], Awaitable[None]], count: int) -> tuple[float, float, int]:
    """Seconds from command to receipt without and with so many, and the bytes that each takes in the server."""
    before, memory = median(await scene.latencies(50)), scene.server.memory
    for _ in range(count // AT_ONCE):
        await asyncio.gather(*(open_one() for _ in range(AT_ONCE)))
    each = (scene.server.memory - memory) // count
    return before, median(await scene.latencies(50)), each


def told(count: int, before: float, during: float, each: int) -> str:
    return (
        f"{count} sockets of {each / KIB:.1f} KiB, {1000 * before:.1f} ms without and {1000 * during:.1f} ms with them"
    )
