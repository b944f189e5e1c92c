"""`fogbound serve` as a process of its own, which can be killed and started again on the same port."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CLI = (sys.executable, "-m", "transport.cli")
START_SECONDS = 60.0


class ServerProcess:
    """`settings` are environment variables beyond the database's and the port's."""

    def __init__(self, database: str, **settings: str) -> None:
        self._environment = {**os.environ, "FOGBOUND_DATABASE_URL": database, **settings}
        self._port = 0
        self._process: asyncio.subprocess.Process | None = None
        self.url = ""

    async def start(self) -> None:
        """Returns when it says that it is ready."""
        self._process = await asyncio.create_subprocess_exec(
            *(*CLI, "serve", "--json"),
            stdout=asyncio.subprocess.PIPE,
            env={**self._environment, "FOGBOUND_PORT": str(self._port)},
            cwd=ROOT,
        )
        assert self._process.stdout is not None
        ready = await asyncio.wait_for(self._process.stdout.readline(), START_SECONDS)
        self.url = json.loads(ready)["url"]
        self._port = int(self.url.rpartition(":")[2])

    async def kill(self) -> None:
        """kill -9; harmless when it has ended."""
        if self._process is None:
            return
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
        await self._process.wait()
