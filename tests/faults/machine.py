"""Servers, the network behind each, PostgreSQL and the clock: each can fail on its own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from migrations.runner import migrate
from tests.domain.store.proxy import Proxy
from tests.end_to_end.server_process import ServerProcess
from tests.faults.bad_machine import DEAF_FILE, OFFSET_FILE
from tests.faults.cluster import Cluster
from tests.faults.front import Front, Spread
from tests.faults.ledger import Recorded

ON_A_BAD_MACHINE = (sys.executable, "-m", "tests.faults.bad_machine")
LEASE_SECONDS = 1.0
_LOG = """
    select position, version, event_id::text, type, command_id from event_log
    where campaign_id = %s order by version
"""


@dataclass(frozen=True)
class Node:
    """A server, which reaches PostgreSQL through `proxy`."""

    proxy: Proxy
    server: ServerProcess

    @classmethod
    @asynccontextmanager
    async def running(cls, database: str, **options: object) -> AsyncIterator[Node]:
        """`options` are those of ServerProcess."""
        async with Proxy.to(database) as proxy:
            server = ServerProcess(proxy.url, **options)  # type: ignore[arg-type]  # all are
            await server.start()
            try:
                yield cls(proxy, server)
            finally:
                await server.kill()


@dataclass(frozen=True)
class Machine:
    """All is on one machine, and clients come to `url`; we reach PostgreSQL directly."""

    cluster: Cluster
    nodes: list[Node]
    url: str
    clock: Path
    deafness: Path
    log: Path

    @classmethod
    @asynccontextmanager
    async def running(cls, folder: Path, nodes: int = 1, spread: Spread | None = None) -> AsyncIterator[Machine]:
        """With an empty, migrated database; `folder` is made. With a `spread` a front is before the servers."""
        await asyncio.to_thread(folder.mkdir, exist_ok=True)
        cluster, clock, deafness, log = (folder / name for name in ("postgres", "clock", "deafness", "log"))
        clock.write_text("0", encoding="ascii")
        machine = Cluster(cluster)
        await machine.start()
        async with AsyncExitStack() as stack:
            stack.push_async_callback(machine.stop)
            migrate(machine.url)
            options = {
                "command": ON_A_BAD_MACHINE,
                "log": stack.enter_context(log.open("w", encoding="utf-8")),
                "FOGBOUND_LEAVE_GRACE_SECONDS": "0.2",
                "FOGBOUND_LEASE_SECONDS": str(LEASE_SECONDS),
                "FOGBOUND_DRAIN_SECONDS": "0.3",
                OFFSET_FILE: str(clock),
                DEAF_FILE: str(deafness),
            }
            running = [await stack.enter_async_context(Node.running(machine.url, **options)) for _ in range(nodes)]
            url = running[0].server.url
            if spread is not None:
                url = (await stack.enter_async_context(Front.of([node.server.url for node in running], spread))).url
            yield cls(machine, running, url, clock, deafness, log)

    async def start_postgres(self) -> None:
        """Again, after a stop or a kill."""
        await self.cluster.start()
        for node in self.nodes:
            node.proxy.redirect(self.cluster.url)

    def set_clock(self, offset: float) -> None:
        """Seconds by which it is ahead; at once, so that nobody reads half a number."""
        new = self.clock.with_suffix(".new")
        new.write_text(str(offset), encoding="ascii")
        new.replace(self.clock)

    def recorded(self, campaign: str) -> list[Recorded]:
        """The log of a campaign by version, as PostgreSQL has it."""
        with psycopg.connect(self.cluster.url) as connection:
            return [Recorded(*row) for row in connection.execute(_LOG, [campaign])]
