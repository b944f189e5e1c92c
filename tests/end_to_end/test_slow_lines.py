"""A large map and a slow line meet."""

from __future__ import annotations

import asyncio
import json
from io import BytesIO

from tests.end_to_end.conftest import TableMaker
from tests.end_to_end.peers import Table
from tests.end_to_end.raw_websocket import PING, PONG, TEXT, connect, frame, open_raw, upgrade

HEXES, LONG_NAME = 50_000, "a terrain with a name as long as it may be".ljust(64, "!")
HEARTBEAT = 2.0
"""Seconds: pongs are due within half of it."""


async def import_much(table: Table) -> None:
    """A map whose state has some 5 MB: more than the buffers of the network take."""
    hexes = [{"q": n % 1_000, "r": n // 1_000, "terrain": LONG_NAME} for n in range(HEXES)]
    size = {"gridWidth": 1_000, "gridHeight": 50, "hexSize": 20, "orientation": "flat"}
    body = {"version": 1, "name": "Much", **size, "hexes": hexes}
    path = f"{table.url}/api/campaigns/{table.campaign}/map"
    async with table.dm.http.post(path, data=BytesIO(json.dumps(body).encode())) as answer:
        assert answer.status == 200, await answer.text()


async def test_a_pong_may_wait_behind_a_large_state(set_table: TableMaker) -> None:
    """Who reads slowly gets all of it, and is at the table then."""
    table = await set_table(heartbeat_seconds=HEARTBEAT)
    await import_much(table)
    async with open_raw(table.dm, table.campaign) as (reader, writer):
        begin = b""
        while b'"session:state"' not in begin:
            # A busy machine takes its time to make the state: who says nothing until then is given up.
            begin = begin[-100:] + await reader.read(1_000)
            writer.write(frame(PING, b""))
            assert not reader.at_eof()
        for _ in range(20):
            # Nothing is answered meanwhile: the pings lie behind the state.
            await reader.readexactly(100_000)
            await asyncio.sleep(HEARTBEAT / 10)
        writer.write(frame(TEXT, b'{"type": "session:start", "id": "mine"}'))
        end = b""
        while b'"id":"mine"' not in end:
            end = end[-100:] + await reader.read(100_000)
            assert not reader.at_eof()


async def test_who_takes_nothing_is_given_up(set_table: TableMaker) -> None:
    """To answer pings is not enough: what waits for such a client is held in memory."""
    table = await set_table(heartbeat_seconds=HEARTBEAT)
    await import_much(table)
    async with open_raw(table.dm, table.campaign) as (_, writer), asyncio.timeout(30):
        while not writer.is_closing():
            writer.write(frame(PONG, b""))
            await asyncio.sleep(HEARTBEAT / 8)


async def test_a_large_state_is_compressed_for_who_reads_that(set_table: TableMaker) -> None:
    """A client that offers it is told the same as one that does not, in far fewer bytes, and can send as before."""
    table = await set_table()
    await import_much(table)
    plain = await table.dm.fresh_state(table.campaign)
    socket = await table.dm.open(table.campaign, compress=15)
    assert await socket.until("session:state") == plain
    await socket.send("session:start", id="mine")
    assert (await socket.until("ack", "error"))["type"] == "ack"
    offer = b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
    async with connect(table.url) as (reader, writer):
        writer.write(upgrade(table.dm, table.campaign).removesuffix(b"\r\n") + offer)
        answer = await reader.readuntil(b"\r\n\r\n")
        assert b"permessage-deflate" in answer
        size = 0
        while b'"dm:preparing"' not in (some := await reader.read(65_536)):
            size += len(some)
        assert size < len(json.dumps(plain)) / 10
