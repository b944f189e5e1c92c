"""A server, the network behind it, PostgreSQL and the clock: each can fail on its own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from migrations.runner import migrate
from tests.domain.store.proxy import Proxy
from tests.end_to_end.server_process import ServerProcess
from tests.faults.cluster import Cluster
from tests.faults.ledger import Recorded
from tests.faults.wrong_clock import OFFSET_FILE

WITH_WRONG_CLOCK = (sys.executable, "-m", "tests.faults.wrong_clock")
_LOG = """
    select position, version, event_id::text, type, command_id from event_log
    where campaign_id = %s order by version
"""


@dataclass(frozen=True)
class Machine:
    """All is on one machine; the server reaches PostgreSQL through `proxy`, we directly."""

    cluster: Cluster
    proxy: Proxy
    server: ServerProcess
    clock: Path
    log: Path

    @classmethod
    @asynccontextmanager
    async def running(cls, folder: Path) -> AsyncIterator[Machine]:
        """With an empty, migrated database; `folder` is made."""
        await asyncio.to_thread(folder.mkdir, exist_ok=True)
        cluster, clock, log = Cluster(folder / "postgres"), folder / "clock", folder / "log"
        clock.write_text("0", encoding="ascii")
        await cluster.start()
        try:
            migrate(cluster.url)
            async with Proxy.to(cluster.url) as proxy:
                with log.open("w", encoding="utf-8") as written:
                    server = ServerProcess(
                        proxy.url,
                        command=WITH_WRONG_CLOCK,
                        log=written,
                        FOGBOUND_LEAVE_GRACE_SECONDS="0.2",
                        **{OFFSET_FILE: str(clock)},
                    )
                    await server.start()
                    try:
                        yield cls(cluster, proxy, server, clock, log)
                    finally:
                        await server.kill()
        finally:
            await cluster.stop()

    async def start_postgres(self) -> None:
        """Again, after a stop or a kill."""
        await self.cluster.start()
        self.proxy.redirect(self.cluster.url)

    def set_clock(self, offset: float) -> None:
        """Seconds by which it is ahead; at once, so that nobody reads half a number."""
        new = self.clock.with_suffix(".new")
        new.write_text(str(offset), encoding="ascii")
        new.replace(self.clock)

    def recorded(self, campaign: str) -> list[Recorded]:
        """The log of a campaign by version, as PostgreSQL has it."""
        with psycopg.connect(self.cluster.url) as connection:
            return [Recorded(*row) for row in connection.execute(_LOG, [campaign])]
