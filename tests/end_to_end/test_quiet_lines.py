"""Lines on which nothing happens, and lines that take nothing."""

from __future__ import annotations

import asyncio

import pytest

from projections.messages import ServerMessage
from tests.end_to_end.conftest import TableMaker
from tests.end_to_end.peers import Socket
from transport.rooms.connection import Connection


async def test_a_quiet_table_ticks(set_table: TableMaker) -> None:
    """A page hears no pings: something comes over the line all the same, and means nothing else."""
    table = await set_table("Ada", heartbeat_seconds=1)

    async def hear(socket: Socket) -> None:
        for _ in range(3):
            assert await socket.until("tick") == {"type": "tick"}

    await asyncio.gather(hear(table.sockets["dm"]), hear(table.sockets["Ada"]))


async def test_a_tick_comes_only_when_nothing_else_does(set_table: TableMaker) -> None:
    """It is counted from the last word, whatever that was."""
    table = await set_table("Ada", heartbeat_seconds=1)
    dm, ada = table.sockets["dm"], table.sockets["Ada"]
    loop, last = asyncio.get_running_loop(), 0.0
    for n in range(8):
        await dm.send("hex:reveal", hexKeys=[f"{n},0"], targets="all")
        await ada.until("hex:revealed")
        last = loop.time()
        await asyncio.sleep(0.2)
    first = next(n for n, message in enumerate(ada.seen) if message["type"] == "hex:revealed")
    assert "tick" not in {message["type"] for message in ada.seen[first:]}
    await ada.until("tick")
    assert loop.time() - last > 0.9


async def test_a_tick_that_fails_is_not_the_last(set_table: TableMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours ends no connection's heartbeat."""
    table = await set_table(heartbeat_seconds=0.2)
    ada = table.sockets["dm"]
    await ada.until("tick")
    say, faults = Connection.say, list[object]()

    def say_or_not(self: Connection, message: ServerMessage) -> None:
        if message["type"] == "tick" and not faults:
            faults.append(message)
            raise RuntimeError("a fault of ours")
        say(self, message)

    monkeypatch.setattr(Connection, "say", say_or_not)
    for _ in range(3):
        await ada.until("tick")
    assert faults
