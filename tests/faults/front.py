"""A small reverse proxy for several servers: asks which of them are ready, and spreads connections."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from random import Random
from urllib.parse import urlsplit

ASK_SECONDS = 0.2
"""Between two questions, and the longest time for an answer."""

_CAMPAIGN = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Spread = Callable[[bytes, int], list[int]]
"""The beginning of a connection and the number of servers: which to try, in order."""


def at_random(random: Random) -> Spread:
    """The worst case: a table's people are anywhere, and somewhere else each time."""
    return lambda _said, servers: random.sample(range(servers), servers)


def by_campaign(said: bytes, servers: int) -> list[int]:
    """The usual case: the first id in the address decides."""
    found = _CAMPAIGN.search(said)
    first = int(found[0][:8], 16) if found else 0
    return [(first + step) % servers for step in range(servers)]


Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Address = tuple[str | None, int | None]


class Front:
    """Listens at `url`."""

    def __init__(self, urls: Sequence[str], spread: Spread) -> None:
        self._addresses = [(parts.hostname, parts.port) for parts in map(urlsplit, urls)]
        self._ready = [True] * len(urls)
        self._spread = spread
        self._tasks: set[asyncio.Task[None]] = set()
        self.url = ""

    @classmethod
    @asynccontextmanager
    async def of(cls, urls: Sequence[str], spread: Spread) -> AsyncIterator[Front]:
        """In front of the servers at these addresses, which stay over their restarts."""
        front = cls(urls, spread)
        async with await asyncio.start_server(front._accept, "127.0.0.1", 0) as listener:
            front.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
            asking = [asyncio.create_task(front._ask(number)) for number in range(len(urls))]
            try:
                yield front
            finally:
                for task in (*asking, *front._tasks):
                    task.cancel()
                await asyncio.gather(*asking, *front._tasks, return_exceptions=True)
                await asyncio.sleep(0)  # the transports close

    async def _ask(self, number: int) -> None:
        while True:
            try:
                async with asyncio.timeout(ASK_SECONDS), _connected(self._addresses[number]) as (reader, writer):
                    writer.write(b"GET /readyz HTTP/1.1\r\nHost: front\r\nConnection: close\r\n\r\n")
                    self._ready[number] = b" 200 " in await reader.readline()
            except (OSError, TimeoutError):
                self._ready[number] = False
            await asyncio.sleep(ASK_SECONDS)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._pass_on((reader, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    async def _pass_on(self, client: Line) -> None:
        said = await client[0].read(65536)
        for number in self._spread(said, len(self._addresses)):
            if self._ready[number]:
                with suppress(ConnectionRefusedError):
                    async with _connected(self._addresses[number]) as server:
                        server[1].write(said)
                        await _carry_both(client, server)
                    return


@asynccontextmanager
async def _connected(address: Address) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection(*address)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def _carry_both(client: Line, server: Line) -> None:
    """Until either hangs up."""
    both = [asyncio.create_task(_carry(client[0], server[1])), asyncio.create_task(_carry(server[0], client[1]))]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(0)  # what was carried last is on its way
    finally:
        for one in both:
            one.cancel()
        await asyncio.gather(*both, return_exceptions=True)


async def _carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        target.write(data)
