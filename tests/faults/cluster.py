"""A PostgreSQL that can be stopped, and killed as by a power cut of its own."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from migrations.embedded.folder import ServerFolder
from migrations.embedded.guard_launch import is_guarded
from migrations.embedded.server import EmbeddedServer

PATIENCE = 30.0


class Cluster:
    """All data are in `folder`, and are flushed as those of a real table."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: EmbeddedServer | None = None

    @property
    def url(self) -> str:
        """Another one after each start."""
        assert self._server is not None
        return self._server.url

    @property
    def is_running(self) -> bool:
        """False once it has given up by itself."""
        return is_guarded(ServerFolder(self._folder).run.readlink())

    async def start(self) -> None:
        """Again, if it has run. Returns when it answers; what a kill left half done has been set right by then."""
        await self.stop()
        self._server = await asyncio.to_thread(EmbeddedServer.start, self._folder)

    async def stop(self) -> None:
        """In order: all sessions are ended, everything is written."""
        if self._server is not None:
            await asyncio.to_thread(self._server.stop)
        self._server = None

    async def kill(self) -> None:
        """kill -9 of every process at once, and waits until none is left."""
        processes = await asyncio.to_thread(self._processes)
        for process in processes:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        async with asyncio.timeout(PATIENCE):
            while any(_is_running(process) for process in processes):  # noqa: ASYNC110 - they are no children of ours
                await asyncio.sleep(0.005)
        await self.stop()

    def _processes(self) -> list[int]:
        postmaster = int((ServerFolder(self._folder).data / "postmaster.pid").read_text().split("\n", 1)[0])
        # The first of all first, so that it starts nobody in the place of those who die.
        return [postmaster, *(process for process in _all() if _parent(process) == postmaster)]


def _all() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _parent(process: int) -> int | None:
    fields = _fields(process)
    return int(fields[1]) if fields else None


def _is_running(process: int) -> bool:
    fields = _fields(process)
    return bool(fields) and fields[0] != "Z"


def _fields(process: int) -> list[str]:
    """State, parent and more; empty if there is no such process."""
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
