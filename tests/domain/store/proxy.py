"""A network between a store and its PostgreSQL that fails on demand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from psycopg.conninfo import conninfo_to_dict, make_conninfo


@dataclass(eq=False)
class Line:
    """One connection through the proxy."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    delivers_requests: bool = True
    delivers_answers: bool = True
    requests: int = 0
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def carry_requests(self, source: asyncio.StreamReader) -> None:
        """To the server, until the client hangs up or is cut off."""
        while data := await source.read(65536):
            self.requests += 1
            if self.delivers_requests:
                self.server.write(data)
        if self.delivers_answers:  # else it is the network that failed, of which the server notices nothing
            self.server.close()

    async def carry_answers(self, source: asyncio.StreamReader) -> None:
        """To the client, until the server hangs up."""
        try:
            while data := await source.read(65536):
                if self.delivers_answers:
                    self.client.write(data)
        finally:  # a server that was killed resets the connection
            self.client.close()

    async def end(self) -> None:
        """Hangs up on both sides."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.client.close()
        self.server.close()


class Proxy:
    """Failures hit the lines there are; those made later work, unless `is_open` is false."""

    def __init__(self, url: str) -> None:
        self._upstream = conninfo_to_dict(url)
        self._lines: list[Line] = []
        self.is_open = True
        self.url = ""

    @classmethod
    @asynccontextmanager
    async def to(cls, url: str) -> AsyncIterator[Proxy]:
        """A proxy to the server of a URL, which has to name a unix socket."""
        proxy = cls(url)
        async with await asyncio.start_server(proxy._accept, "127.0.0.1", 0) as listener:
            host, port = listener.sockets[0].getsockname()[:2]
            proxy.url = make_conninfo(url, host=host, port=port, sslmode="disable", gssencmode="disable")
            try:
                yield proxy
            finally:
                for line in proxy._lines:
                    await line.end()

    def redirect(self, url: str) -> None:
        """Leads later connections elsewhere."""
        self._upstream = conninfo_to_dict(url)

    def swallow_answers(self) -> None:
        """What the servers say from now on gets lost."""
        for line in self._lines:
            line.delivers_answers = False

    def swallow_requests(self) -> None:
        """What the clients say from now on gets lost."""
        for line in self._lines:
            line.delivers_requests = False

    def garble(self) -> None:
        """Says something to the clients that no server says."""
        for line in self._lines:
            line.delivers_answers = False
            line.client.write(b"\xff" * 100)

    def hang_up(self) -> None:
        """Ends the connections to the clients; the server notices nothing."""
        for line in self._lines:
            line.delivers_answers = False
            line.client.close()

    async def end_broken(self) -> None:
        """Lets the server notice that clients have been hung up on."""
        broken = [line for line in self._lines if line.client.is_closing()]
        self._lines = [line for line in self._lines if line not in broken]
        for line in broken:
            await line.end()

    @property
    def requests(self) -> int:
        """How many packets the clients have sent so far, but for those whose lines were ended."""
        return sum(line.requests for line in self._lines)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.is_open:
            writer.close()
            return
        socket = f"{self._upstream['host']}/.s.PGSQL.{self._upstream.get('port', 5432)}"
        try:
            server_reader, server_writer = await asyncio.open_unix_connection(socket)
        except OSError:  # the server is down
            writer.close()
            return
        line = Line(writer, server_writer)
        line.tasks = [
            asyncio.create_task(line.carry_requests(reader)),
            asyncio.create_task(line.carry_answers(server_reader)),
        ]
        self._lines.append(line)
