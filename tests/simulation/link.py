"""One connection between a client and a server: in order each way, until it is cut or closed."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from aiohttp import WSMessage, WSMsgType
from typing_extensions import override

from tests.simulation.clocks import NOW
from tests.simulation.world import Machine
from transport.wire.frames import text_frame

UNNOTICED_SECONDS = 6.0
"""That a cut may go unnoticed at one of the ends."""


class End(Protocol):
    """The client's."""

    def take(self, link: Link, data: bytes, written_at: float) -> None:
        """Bytes of the server's."""

    def closed(self, link: Link, code: int | None) -> None:
        """By the server, with a code, or by what happened on the way."""


class Link:
    """What is on its way when it is cut does not arrive."""

    def __init__(self, machine: Machine, client: End) -> None:
        self.socket = ServersEnd(self)
        self.transport = Wire(self)
        self.machine = machine
        self.is_cut = False
        self.on_its_way = 0
        """Bytes to the client."""
        self._world = machine.world
        self._client = client
        self._next_up = self._next_down = 0.0
        machine.on_death.append(self.cut)  # by its kernel

    def up(self, text: str) -> None:
        """The client sends a message."""
        self._next_up = max(self._next_up, NOW.seconds + self._latency())
        self._world.after(self._next_up - NOW.seconds, lambda: self._do_there(self.socket.hear, text))

    def down(self, data: bytes) -> None:
        """The server writes."""
        self.on_its_way += len(data)
        written_at = NOW.seconds
        self._after_what_was_written(lambda: self._take(data, written_at))

    def end_from_above(self, code: int | None) -> None:
        """The server closes it; without a code it only hangs up."""
        self._after_what_was_written(lambda: self._client.closed(self, code))

    def end_from_below(self) -> None:
        """The client closes it."""
        self._next_up = max(self._next_up, NOW.seconds + self._latency())
        self._world.after(self._next_up - NOW.seconds, lambda: self._do_there(self.socket.end))

    def cut(self) -> None:
        """On the way. Both ends find out sooner or later."""
        if self.is_cut:
            return
        self.is_cut = True
        chance = self._world.chance
        for notice in (lambda: self.machine.do(self.socket.end), lambda: self._client.closed(self, None)):
            self._world.after(chance.choice((0.0, chance.uniform(0, UNNOTICED_SECONDS))), notice)

    def _after_what_was_written(self, action: Callable[[], None]) -> None:
        self._next_down = max(self._next_down, NOW.seconds + self._latency())
        self._world.after(self._next_down - NOW.seconds, lambda: None if self.is_cut else action())

    def _take(self, data: bytes, written_at: float) -> None:
        self.on_its_way -= len(data)
        self._client.take(self, data, written_at)

    def _do_there(self, action: Callable[..., object], *arguments: object) -> None:
        if not self.is_cut:
            self.machine.do(action, *arguments)

    def _latency(self) -> float:
        chance = self._world.chance
        return chance.expovariate(100) if chance.random() < 0.95 else chance.uniform(0.05, 0.6)


class Wire(asyncio.Transport):
    """What the server takes for its socket."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link
        self._is_closing = False

    @override
    def write(self, data: Any) -> None:
        self._link.down(bytes(data))

    @override
    def get_write_buffer_size(self) -> int:
        return self._link.on_its_way

    @override
    def is_closing(self) -> bool:
        return self._is_closing

    @override
    def abort(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            self._link.end_from_above(None)
            self._link.socket.end()


class ServersEnd:
    """As much of the framework's WebSocket as the entrance uses."""

    compress = 0

    def __init__(self, link: Link) -> None:
        self._link = link
        self._frames: deque[str] = deque()
        self._is_some = asyncio.Event()
        self._is_over = False

    def hear(self, text: str) -> None:
        self._frames.append(text)
        self._is_some.set()

    def end(self) -> None:
        self._is_over = True
        self._link.transport._is_closing = True
        self._is_some.set()

    def __aiter__(self) -> ServersEnd:
        return self

    async def __anext__(self) -> WSMessage:
        while not self._frames:
            if self._is_over:
                raise StopAsyncIteration
            self._is_some.clear()
            await self._is_some.wait()
        return WSMessage(WSMsgType.TEXT, self._frames.popleft(), None)

    async def send_str(self, text: str) -> None:
        self._link.down(text_frame(text.encode()))

    async def close(self, *, code: int, message: bytes) -> None:  # noqa: ARG002 - as the framework's
        self._link.end_from_above(code)
        self.end()
