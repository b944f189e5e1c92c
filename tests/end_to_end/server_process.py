"""`fogbound serve` as a process of its own, which can be killed and started again on the same port."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from random import randrange
from typing import TextIO

ROOT = Path(__file__).parents[2]
CLI = (sys.executable, "-m", "transport.cli")
START_SECONDS = 60.0
STOP_SECONDS = 30.0
PORTS = (12_000, 32_000)


def history_workers(server: int) -> list[int]:
    """The processes of a server that look up the past for it."""
    return [
        int(stat.parent.name)
        for stat in Path("/proc").glob("[0-9]*/stat")
        if _is_child(stat.parent, server, b"transport.history.worker")
    ]


def _is_child(process: Path, parent: int, command: bytes) -> bool:
    try:
        stat = (process / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return int(stat[1]) == parent and command in (process / "cmdline").read_bytes()
    except OSError:
        return False  # it has ended meanwhile


def _free_port() -> int:
    """Not one of those that the kernel gives to outgoing connections: it would be taken when a server comes back."""
    while True:
        port = randrange(*PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class ServerProcess:
    """`settings` are environment variables beyond the database's and the port's. Ports stay over a restart."""

    def __init__(
        self, database: str, *, command: Sequence[str] = CLI, log: TextIO | None = None, **settings: str
    ) -> None:
        """What it logs goes to `log`, or where we log ourselves."""
        given = {"FOGBOUND_DATABASE_URL": database, "FOGBOUND_PUBLIC_URL": "http://fog.example"}
        self._environment = {**os.environ, **given, **settings}
        self.command = command
        """May be another one at the next start."""
        self._log = log
        self._port = 0
        self._process: asyncio.subprocess.Process | None = None
        self.url = ""

    async def start(self) -> None:
        """Returns when it says that it is ready."""
        self._port = self._port or _free_port()
        self._process = await asyncio.create_subprocess_exec(
            *(*self.command, "serve", "--json"),
            stdout=asyncio.subprocess.PIPE,
            stderr=self._log,
            env={**self._environment, "FOGBOUND_PORT": str(self._port)},
            cwd=ROOT,
        )
        assert self._process.stdout is not None
        ready = await asyncio.wait_for(self._process.stdout.readline(), START_SECONDS)
        self.url = json.loads(ready)["url"]

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def memory(self) -> int:
        """Bytes that are in memory at the moment."""
        assert self._process is not None
        pages = Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    async def kill(self) -> None:
        """kill -9; harmless when it has ended."""
        if self._process is None:
            return
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
        await self._process.wait()

    def freeze(self) -> None:
        """SIGSTOP: it is there, and does nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        """It goes on as if nothing had been."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def terminate(self) -> int:
        """SIGTERM, as those who run it stop it; the exit code. Raises TimeoutError if it stays."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
