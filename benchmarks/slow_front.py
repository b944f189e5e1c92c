"""A network between a client and the server that is slow, or from one moment on carries nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

SMALL_BUFFER = 16 * 1024
"""Bytes that lie on the way: else this machine would take megabytes at once."""
PIECE = 4 * 1024
"""Bytes."""


class SlowFront:
    """Listens at `url`. Each line is as fast as `bytes_per_second`, in each direction; None for any speed."""

    def __init__(self, target: str, bytes_per_second: float | None) -> None:
        parts = urlsplit(target)
        assert parts.hostname is not None
        assert parts.port is not None
        self._target = (parts.hostname, parts.port)
        self._speed = bytes_per_second
        self._lines: set[asyncio.Task[None]] = set()
        self._frozen: set[asyncio.Task[None]] = set()
        self.url = ""
        self.carried = 0
        """Bytes to the clients."""

    @classmethod
    @asynccontextmanager
    async def before(cls, target: str, bytes_per_second: float | None = None) -> AsyncIterator[SlowFront]:
        """In front of the server at that URL."""
        front = cls(target, bytes_per_second)
        door = socket.create_server(("127.0.0.1", 0))
        door.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BUFFER)
        async with await asyncio.start_server(front._accept, sock=door, limit=PIECE):
            front.url = f"http://127.0.0.1:{door.getsockname()[1]}"
            try:
                yield front
            finally:
                for line in (*front._lines, *front._frozen):
                    line.cancel()
                await asyncio.gather(*front._lines, *front._frozen, return_exceptions=True)

    def freeze(self) -> None:
        """The lines of now carry nothing any more, and nobody is told: so does a phone in a tunnel."""
        self._frozen |= self._lines
        self._lines = set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.current_task()
        assert line is not None
        self._lines.add(line)
        upstream = socket.socket()
        upstream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        upstream.setblocking(False)
        await asyncio.get_running_loop().sock_connect(upstream, self._target)
        from_server, to_server = await asyncio.open_connection(sock=upstream, limit=PIECE)
        ways = [
            asyncio.create_task(self._carry(line, reader, to_server, counted=False)),
            asyncio.create_task(self._carry(line, from_server, writer, counted=True)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(0)  # what was carried last is on its way
        except asyncio.CancelledError:
            pass  # the front is gone
        finally:
            for way in ways:
                way.cancel()
            writer.transport.abort()
            to_server.transport.abort()
            self._lines.discard(line)
            self._frozen.discard(line)

    async def _carry(
        self, line: asyncio.Task[None], source: asyncio.StreamReader, target: asyncio.StreamWriter, *, counted: bool
    ) -> None:
        target.transport.set_write_buffer_limits(high=PIECE)
        free_at, clock = 0.0, asyncio.get_running_loop().time
        while data := await source.read(PIECE):
            if line in self._frozen:
                await asyncio.Event().wait()
            if self._speed is not None:
                free_at = max(free_at, clock()) + len(data) / self._speed
                await asyncio.sleep(free_at - clock())
            if counted:
                self.carried += len(data)
            target.write(data)
            await target.drain()
