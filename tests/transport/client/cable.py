"""A cable between a client and a server, which a test can pull or make deaf."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from yarl import URL


class Cable:
    """While `is_deaf` nothing comes back from the server; while `is_unplugged` no connection comes about."""

    def __init__(self, server: URL) -> None:
        self.is_deaf = False
        self.is_unplugged = False
        self._server = server
        self._writers: set[asyncio.StreamWriter] = set()

    def pull(self) -> None:
        """Ends all connections at once, without a word; the next ones hear again."""
        for writer in self._writers:
            writer.transport.abort()
        self.is_deaf = False

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Both ways, until either side ends."""
        if self.is_unplugged:
            writer.transport.abort()
            return
        server_reader, server_writer = await asyncio.open_connection(self._server.host, self._server.port)
        ends = {writer, server_writer}
        self._writers |= ends
        there = asyncio.create_task(self._copy(reader, server_writer, may_be_deaf=False))
        await self._copy(server_reader, writer, may_be_deaf=True)
        self._writers -= ends
        for end in ends:
            end.transport.abort()
        await there

    async def _copy(self, source: asyncio.StreamReader, to: asyncio.StreamWriter, *, may_be_deaf: bool) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                if not (may_be_deaf and self.is_deaf):
                    to.write(data)


@asynccontextmanager
async def a_cable(url: str) -> AsyncIterator[tuple[Cable, str]]:
    """A cable to the server at the URL, and the URL of its near end."""
    cable = Cable(URL(url))
    async with await asyncio.start_server(cable.carry, "127.0.0.1", 0) as near_end:
        port = near_end.sockets[0].getsockname()[1]
        try:
            yield cable, f"http://127.0.0.1:{port}"
        finally:
            cable.pull()
