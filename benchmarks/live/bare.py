"""The floors that are servers: processes that do what nobody can leave out, and nothing else.

`python -m benchmarks.live.bare broadcast N [DATABASE]` takes the first connection for the sender and the next N for
receivers. Whatever the sender says is written to all receivers as one ready frame, after one durable insert if there
is a database. `python -m benchmarks.live.bare join BYTES` is an aiohttp server that answers each new WebSocket with
one ready text of that size. Each prints its port.
"""

from __future__ import annotations

import asyncio
import socket
import sys

import psycopg
from aiohttp import WSMsgType, web
from psycopg.pq import ExecStatus

from transport.wire.frames import text_frame

TABLE = "create table if not exists bare (id bigint generated always as identity primary key, data jsonb not null)"
ROW = '{"hex_keys": ["12,1", "12,2", "12,3"], "audience": "all"}'
INSERT = f"insert into bare (data) values ('{ROW}')"
FRAME = text_frame(
    b'{"type":"hex:revealed","hexKeys":["12,1","12,2","12,3"],"terrain":[{"key":"12,1","terrain":"unknown"},'
    b'{"key":"12,2","terrain":"unknown"},{"key":"12,3","terrain":"unknown"}],'
    b'"eventId":"00000000-0000-4000-8000-000000000000"}'
)


def broadcast(receivers: int, database: str | None) -> None:
    """Blocking calls only: nothing is faster for one sender."""
    connection = psycopg.connect(database, autocommit=True) if database is not None else None
    if connection is not None:
        connection.execute(TABLE)
        connection.pgconn.prepare(b"bare", INSERT.encode())
    with socket.create_server(("127.0.0.1", 0), backlog=4_096) as listening:
        print(listening.getsockname()[1], flush=True)
        sender, *others = [_accept(listening) for _ in range(receivers + 1)]
        while sender.recv(4_096):
            if connection is not None:
                result = connection.pgconn.exec_prepared(b"bare", None)
                if result.status != ExecStatus.COMMAND_OK:
                    raise RuntimeError(result.error_message.decode())
            for other in others:
                other.send(FRAME)


def join(size: int) -> None:
    """What aiohttp alone needs for a connection."""
    text = "x" * size

    async def enter(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(heartbeat=20.0, compress=False)
        await socket.prepare(request)
        await socket.send_str(f'{{"type":"session:state","x":"{text}"}}')
        async for frame in socket:
            assert frame.type is WSMsgType.TEXT
        return socket

    async def serve() -> None:
        app = web.Application()
        app.router.add_get("/ws", enter)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1_024).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()

    asyncio.run(serve())


def _accept(listening: socket.socket) -> socket.socket:
    connection, _ = listening.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["broadcast", receivers, *database]:
            broadcast(int(receivers), database[0] if database else None)
        case ["join", size]:
            join(int(size))
        case _:
            sys.exit(__doc__)
