"""Whoever asks, and takes hardly anything of the answer, loses it, and keeps nobody else out."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import cast

import pytest
from aiohttp import web

from tests.domain.store.patience import until
from transport.server.runner import Runner

MOST = 5
IDLE_SECONDS = 0.5
LARGE = 8 * 1024 * 1024
"""More than the machine takes for somebody who reads nothing."""


@pytest.fixture
async def runner() -> AsyncIterator[Runner]:
    """Gives LARGE bytes at once, in pieces, or as much as nobody notices; takes few connections."""

    async def at_once(_request: web.Request) -> web.Response:
        return web.Response(body=bytes(LARGE))

    async def in_pieces(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(LARGE // 65_536):
            await response.write(bytes(65_536))
        return response

    async def little(_request: web.Request) -> web.Response:
        return web.Response(body=bytes(4_000))

    app = web.Application()
    app.router.add_get("/at-once", at_once)
    app.router.add_get("/in-pieces", in_pieces)
    app.router.add_get("/little", little)
    made = Runner(app, most=MOST, idle_seconds=IDLE_SECONDS, shutdown_seconds=1)
    await made.setup()
    await web.TCPSite(made, "127.0.0.1", 0).start()
    yield made
    await made.cleanup()


def get(path: str, *headers: str) -> bytes:
    return "\r\n".join((f"GET {path} HTTP/1.1", "Host: x", *headers, "", "")).encode()


UPGRADE = ("Connection: Upgrade", "Upgrade: websocket")


@asynccontextmanager
async def asking(runner: Runner, asked: bytes) -> AsyncIterator[socket.socket]:
    """Somebody who has asked that, at once, and has read nothing yet."""
    loop = asyncio.get_running_loop()
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.setblocking(False)
        await loop.sock_connect(line, runner.addresses[0])
        await loop.sock_sendall(line, asked)
        yield line


def open_ones(runner: Runner) -> Callable[[], int]:
    return lambda: len(cast("web.Server", runner.server).connections)


@pytest.mark.parametrize(
    "asked",
    [
        get("/at-once"),
        get("/in-pieces"),
        get("/little") * 2_000,
        get("/at-once", "Connection: close"),
        get("/at-once", *UPGRADE),
        get("/in-pieces", *UPGRADE),
        get("/at-once") + get("/little", *UPGRADE),
    ],
    ids=[
        "at once",
        "in pieces",
        "many",
        "the last",
        "as a WebSocket",
        "in pieces as a WebSocket",
        "before a WebSocket",
    ],
)
async def test_who_reads_nothing_is_given_up(runner: Runner, asked: bytes) -> None:
    """All places are theirs; afterwards all are free."""
    async with AsyncExitStack() as stack:
        for _ in range(MOST):
            await stack.enter_async_context(asking(runner, asked))
        await until(lambda: open_ones(runner)() == MOST)
        await until(lambda: open_ones(runner)() == 0)
        line = await stack.enter_async_context(asking(runner, get("/little")))
        assert (await asyncio.get_running_loop().sock_recv(line, 100)).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("headers", [(), ("Connection: close",), UPGRADE])
@pytest.mark.parametrize("path", ["/at-once", "/in-pieces"])
async def test_who_reads_slowly_gets_all_of_it(runner: Runner, path: str, headers: Sequence[str]) -> None:
    """Several times as fast as what is too slow, and for longer than somebody may be silent; nothing fails later."""
    loop, failures = asyncio.get_running_loop(), list[object]()
    loop.set_exception_handler(lambda _loop, failure: failures.append(failure))
    async with asking(runner, get(path, *headers)) as line:
        begin, came = loop.time(), 0
        while came < LARGE:
            if loop.time() < begin + 4 * IDLE_SECONDS:
                await asyncio.sleep(0.02)
                most = 16_384
            else:
                most = 1 << 20
            piece = await asyncio.wait_for(loop.sock_recv(line, most), 20)
            assert piece, f"it ended after {came} bytes"
            came += len(piece)
    await until(lambda: open_ones(runner)() == 0)
    await asyncio.sleep(2 * IDLE_SECONDS)
    assert failures == []
