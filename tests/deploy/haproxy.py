"""deploy/haproxy.cfg as it is, in front of real servers; a second file beside it lets us look inside."""

from __future__ import annotations

import asyncio
import csv
import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from tests.end_to_end.server_process import ROOT, ServerProcess

HAPROXY = shutil.which("haproxy", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin")))
PATIENCE = 60.0
_OUR_EYES = 'global\n    stats socket "fd@${STATS}" level operator\n'


@dataclass(frozen=True)
class Installation:
    """Two servers on one database, and HAProxy at `url` before them, which calls them node1 and node2."""

    nodes: dict[str, ServerProcess]
    url: str
    _stats: tuple[str, int]

    @classmethod
    @asynccontextmanager
    async def running(cls, database: str, folder: Path, **settings: str) -> AsyncIterator[Installation]:
        """Gives it when the servers know of each other, and HAProxy of both. `settings` are the servers'."""
        chosen = {"FOGBOUND_PROXIES": "1", "FOGBOUND_METRICS": "true", **settings}
        nodes = {
            name: ServerProcess(database, **chosen)  # type: ignore[arg-type]  # all are settings
            for name in ("node1", "node2")
        }
        async with AsyncExitStack() as stack:
            for server in nodes.values():
                stack.push_async_callback(server.kill)
                await server.start()
            people, stats = (stack.enter_context(_listening()) for _ in range(2))
            urls = [server.url for server in nodes.values()]
            await stack.enter_async_context(_haproxy(folder, urls, people, stats))
            whole = cls(nodes, f"http://127.0.0.1:{people.getsockname()[1]}", stats.getsockname())
            async with asyncio.timeout(PATIENCE):
                while {await whole.status(name) for name in nodes} != {"UP"}:  # noqa: ASYNC110 - HAProxy tells nobody
                    await asyncio.sleep(0.1)
                for server in nodes.values():
                    await _knows_of_two(server.url)
            yield whole

    async def status(self, name: str) -> str:
        """What HAProxy thinks of a server: UP, DOWN, or on the way from one to the other."""
        return (await self._look())[name]["status"]

    async def serving(self, call: Awaitable[Any]) -> str:
        """The one server to which this call, or socket, was passed."""
        before = await self._look()
        await call
        after = await self._look()
        [name] = [name for name in self.nodes if after[name]["stot"] != before[name]["stot"]]
        return name

    async def _look(self) -> dict[str, dict[str, str]]:
        reader, writer = await asyncio.open_connection(*self._stats)
        try:
            writer.write(b"show stat\n")
            said = (await reader.read()).decode().removeprefix("# ")
        finally:
            writer.close()
        return {row["svname"]: row for row in csv.DictReader(StringIO(said)) if row["pxname"] == "servers"}


def _listening() -> socket.socket:
    """At a free port, and to be handed over: nobody else can take it meanwhile."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.set_inheritable(True)
    return listener


@asynccontextmanager
async def _haproxy(
    folder: Path, urls: Sequence[str], people: socket.socket, stats: socket.socket
) -> AsyncIterator[None]:
    assert HAPROXY is not None
    eyes = folder / "eyes.cfg"
    eyes.write_text(_OUR_EYES, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(HAPROXY, "-db", "-f", str(ROOT / "deploy/haproxy.cfg"), "-f", str(eyes)),
        stdout=asyncio.subprocess.DEVNULL,
        env={
            **os.environ,
            "LISTEN": f"fd@{people.fileno()}",
            "STATS": str(stats.fileno()),
            **{f"NODE{number}": urlsplit(url).netloc for number, url in enumerate(urls, 1)},
        },
        pass_fds=(people.fileno(), stats.fileno()),
    )
    try:
        yield
        assert process.returncode is None, "HAProxy ended by itself"
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def _knows_of_two(url: str) -> None:
    async with aiohttp.ClientSession() as http:
        while True:
            async with http.get(f"{url}/metrics") as answer:
                if "\nfogbound_nodes 2.0\n" in await answer.text():
                    return
            await asyncio.sleep(0.1)
