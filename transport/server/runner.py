"""The framework's runner with our answers to what is no HTTP, and with so many connections at most."""

from __future__ import annotations

import asyncio
import fcntl
import struct
from contextlib import suppress
from termios import TIOCOUTQ
from time import thread_time
from typing import cast

from aiohttp import web
from typing_extensions import override

from transport.http.broken_requests import answer_broken
from transport.http.token_bucket import TokenBucket

MAKE_ROOM = 100
"""Idle connections that are closed at once: a flood of new ones must not have us look for each of them."""


READ_BYTES = 64 * 1024
"""That are taken from a connection at a time."""

SHARE = 0.02
"""Of our time that reading from one connection may cost, lasting: a thousand frames without content are soon sent."""

AT_ONCE_SECONDS = 0.02
"""That it may cost at once."""

LEAST_TAKEN = 1024
"""Bytes a second that somebody has to take of an answer who is not to lose it, and the connection with it."""

READ_SECONDS = 0.005
"""The most that one read counts: what takes longer is Python tidying up, which is nobody's fault."""


class _Protocol(web.RequestHandler):
    """A connection that makes us compute for long is read from less often, and one whose answer nobody takes ends."""

    __slots__ = ("_budget", "_is_ending", "_rests", "_untaken")

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._rests = self._is_ending = False
        self._untaken: asyncio.TimerHandle | None = None
        self._budget = TokenBucket(SHARE, AT_ONCE_SECONDS, self._loop.time())
        transport.max_size = READ_BYTES  # type: ignore[attr-defined]  # asyncio has no public name for it
        super().connection_made(transport)

    @override
    def data_received(self, data: bytes) -> None:
        # Of this thread: what the machine does for others meanwhile is not counted.
        start = thread_time()
        super().data_received(data)
        wait = self._budget.take(self._loop.time(), min(thread_time() - start, READ_SECONDS))
        if wait > 0 and not self._rests:
            self._rests = True
            self._pause_transport_reading()
            self._loop.call_later(wait, self._go_on)

    @override
    def _resume_transport_reading(self) -> None:
        if not self._rests:
            super()._resume_transport_reading()

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        if self.transport is not None:
            self._look_again(self.transport)

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        if not self._is_ending:
            self._stop_looking()

    @override
    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_looking()
        super().connection_lost(exc)

    @override
    async def start(self) -> None:
        transport = self.transport
        try:
            await super().start()
        finally:
            self._is_ending = True
            if transport is not None and transport.get_write_buffer_size():
                self._look_again(transport)  # to close it waits until somebody has taken the rest

    def _look_again(self, transport: asyncio.Transport) -> None:
        self._stop_looking()
        left = _untaken(transport)
        self._untaken = self._loop.call_later(self._keepalive_timeout, self._end_if_untaken, transport, left)

    def _end_if_untaken(self, transport: asyncio.Transport, before: int) -> None:
        # A WebSocket has bounds of its own. That one is asked for makes none: anybody may do so, of any address.
        if self._payload_parser is not None and not self._is_ending:
            return
        if before - _untaken(transport) < LEAST_TAKEN * self._keepalive_timeout:
            transport.abort()
        else:
            self._look_again(transport)

    def _stop_looking(self) -> None:
        if self._untaken is not None:
            self._untaken.cancel()
            self._untaken = None

    def _go_on(self) -> None:
        self._rests = False
        if not self._reading_paused and not self._buffer_paused:
            self._resume_transport_reading()

    @property
    def is_idle(self) -> bool:
        """Whether it waits for a request: the first, the rest of it, or the next."""
        return self._waiter is not None and not self._waiter.done()

    @override
    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        return answer_broken(request, status, exc)


def _untaken(transport: asyncio.Transport) -> int:
    """Bytes that were written, and that the other end has not confirmed: some megabytes may lie with the system."""
    waiting = transport.get_write_buffer_size()
    with suppress(OSError):  # it is closed
        (sent,) = struct.unpack("i", fcntl.ioctl(transport.get_extra_info("socket").fileno(), TIOCOUTQ, bytes(4)))
        waiting += sent
    return waiting


class _Server(web.Server):
    """What `most` of them means: see Runner."""

    most: int

    @override
    def __call__(self) -> _Protocol:
        return _Protocol(self, loop=self._loop, **self._kwargs)

    @override
    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        if len(self._connections) > self.most and not self._make_room():
            transport.abort()

    def _make_room(self) -> bool:
        """Closes those that have been here longest of the idle ones, if there are any."""
        idle = [one for one in self._connections if cast(_Protocol, one).is_idle]
        for one in idle[:MAKE_ROOM]:
            one.force_close()
        return bool(idle)


class Runner(web.AppRunner):
    """When there are `most` connections, a new one takes the place of an idle one, or is dropped.

    `idle_seconds` is how long a connection may wait for a whole request, the first as well as the next, and how long
    hardly anything may be taken of an answer.
    """

    __slots__ = ("_most",)

    def __init__(self, app: web.Application, *, most: int, idle_seconds: float, shutdown_seconds: float) -> None:
        super().__init__(
            app,
            handle_signals=False,
            access_log=None,
            shutdown_timeout=shutdown_seconds,
            keepalive_timeout=idle_seconds,
            # The framework unpacks a body to its end, however long it gets, even one that was refused.
            auto_decompress=False,
        )
        self._most = most

    @override
    async def _make_server(self) -> _Server:
        made = await super()._make_server()
        server = _Server(made.request_handler, request_factory=made.request_factory, **made._kwargs)
        server.most = self._most
        return server
