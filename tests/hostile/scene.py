"""A table in play on a server of its own process, whose latency and memory are watched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter

import psycopg

from tests.end_to_end.peers import Person, Table, a_table
from tests.end_to_end.server_process import ServerProcess

PAUSE_SECONDS = 0.01
"""Between two commands of the DM."""

# Who plays must answer a ping within half a heartbeat, also while this process attacks on the same cores.
SOONER = {"FOGBOUND_IDLE_SECONDS": "2", "FOGBOUND_HEARTBEAT_SECONDS": "8", "FOGBOUND_BACKLOG_BYTES": "65536"}


@dataclass
class Scene:
    """A DM, Ada and Bo, who do no harm."""

    server: ServerProcess
    table: Table
    played: int = 0

    async def latencies(self, commands: int) -> list[float]:
        """Seconds from each of the DM's commands until both players were told of it, and the DM got the ack."""
        return [await self.latency() for _ in range(commands)]

    async def latency(self) -> float:
        """Of one command."""
        await asyncio.sleep(PAUSE_SECONDS)
        sockets, self.played = self.table.sockets, self.played + 1
        key = f"{self.played % 100},{self.played // 100}"
        start = perf_counter()
        await sockets["dm"].send("hex:reveal", hexKeys=[key], targets="all", id=key)
        for name in self.table.players:
            await sockets[name].until("hex:revealed", when=lambda m: key in m["hexKeys"])
        await sockets["dm"].until("ack", when=lambda m: m["id"] == key)
        return perf_counter() - start

    async def bare_commits(self, count: int) -> list[float]:
        """Seconds that each takes from here, past the server: what the machine alone makes a command wait for."""
        taken = []
        async with await psycopg.AsyncConnection.connect(self.table.database, autocommit=True) as connection:
            for _ in range(count):
                await asyncio.sleep(PAUSE_SECONDS)
                start = perf_counter()
                await connection.execute("select pg_logical_emit_message(true, 'bare', '')")
                taken.append(perf_counter() - start)
        return taken

    async def a_stranger(self) -> Person:
        """Somebody new."""
        return await self.table.new_person().sign_up("Mallory")

    async def a_player(self) -> Person:
        """Somebody new, at this table."""
        await self.table.invite(player := await self.a_stranger())
        return player

    async def a_dm(self) -> tuple[Person, str]:
        """Somebody new, with a campaign of their own."""
        dm = await self.a_stranger()
        return dm, (await dm.call("POST", "/api/campaigns", {"name": "Mine"}, expect=201))["campaignId"]


@asynccontextmanager
async def a_scene(database: str, **settings: str) -> AsyncIterator[Scene]:
    """With settings that come to the point sooner than the usual ones, where none are given."""
    server = ServerProcess(database, **{**SOONER, **settings})  # type: ignore[arg-type]  # all are settings
    await server.start()
    try:
        async with a_table(server.url, database, ("Ada", "Bo")) as table:
            yield Scene(server, table)
    finally:
        await server.kill()
