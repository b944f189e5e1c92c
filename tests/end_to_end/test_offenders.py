"""What becomes of who means harm: closed in time, with the right code, and welcome back."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections import Counter
from contextlib import AsyncExitStack
from itertools import count
from time import monotonic
from typing import Any

import pytest

from tests.end_to_end.conftest import TableMaker
from tests.end_to_end.peers import NOT_THERE, PATIENCE, Person, Table
from tests.end_to_end.raw_http import post
from tests.end_to_end.raw_websocket import COMPRESSED, FIN, TEXT, close_frame, connect, frame, open_raw, upgrade
from transport.rooms.connection import CLOSE_SECONDS
from transport.websocket import endpoint

IDLE_SECONDS = 0.5


@pytest.fixture
async def table(set_table: TableMaker) -> Table:
    return await set_table("Ada", idle_seconds=IDLE_SECONDS, heartbeat_seconds=0.5)


async def rest_of(reader: asyncio.StreamReader) -> bytes:
    """All that still comes until the server closes."""
    async with asyncio.timeout(CLOSE_SECONDS + PATIENCE):
        return await reader.read()


async def is_welcome(person: Person, table: Table) -> None:
    """Fails unless the person can sit down."""
    socket = await person.join(table.campaign)
    await socket.socket.close()


@pytest.mark.parametrize(
    ("half", "drop"),
    [
        (b"", b""),
        (b"GET", b""),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\n", b""),
        (b"GET /", b"x"),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ", b"x"),
    ],
)
async def test_who_does_not_ask_is_closed(table: Table, half: bytes, drop: bytes) -> None:
    """A connection without a whole call ends in time, whether it is silent or goes on byte by byte."""
    async with connect(table.url) as (reader, writer):
        began = monotonic()
        writer.write(half)
        while not (reader.at_eof() or writer.is_closing()) and monotonic() - began < PATIENCE:
            writer.write(drop)
            await asyncio.sleep(0.05)
        assert IDLE_SECONDS * 0.9 <= monotonic() - began < IDLE_SECONDS + 2
    await is_welcome(table.players["Ada"], table)


async def test_an_upgrade_that_hangs_is_closed(table: Table) -> None:
    """The last byte of the call never comes."""
    async with connect(table.url) as (reader, writer):
        writer.write(upgrade(table.players["Ada"], table.campaign)[:-1])
        assert await rest_of(reader) == b""
    await is_welcome(table.players["Ada"], table)


async def test_a_body_that_hangs_is_refused(table: Table) -> None:
    """It is told why, and the connection ends."""
    async with connect(table.url) as (reader, writer):
        writer.write(post(b"Content-Length: 20\r\n", b'{"name":'))
        answer = await reader.readuntil(b"}}")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"The body came too slowly" in answer


async def test_a_body_has_the_time_that_its_size_needs(table: Table) -> None:
    """Much that comes slowly, but not too slowly, is taken."""
    body = b'{"name":"Eve"' + b" " * 60_000 + b"}"
    async with connect(table.url) as (reader, writer):
        writer.write(post(b"Content-Length: %d\r\n" % len(body)))
        for start in range(0, len(body), 10_000):
            writer.write(body[start : start + 10_000])
            await asyncio.sleep(0.2)
        assert (await reader.readline()).startswith(b"HTTP/1.1 201 ")


async def test_half_a_frame_is_closed(table: Table) -> None:
    """Who neither goes on nor answers a ping is taken for dead."""
    async with open_raw(table.players["Ada"], table.campaign) as (reader, writer):
        await reader.readuntil(b"session:state")
        writer.write(frame(TEXT, b'{"type":', length=200))
        await rest_of(reader)
    await is_welcome(table.players["Ada"], table)


async def test_a_compressed_frame_is_closed_with_1002(table: Table) -> None:
    """Nothing of the kind was agreed."""
    async with open_raw(table.players["Ada"], table.campaign) as (reader, writer):
        writer.write(frame(TEXT, b"\x00" * 10, bits=FIN | COMPRESSED))
        assert close_frame(1002, "")[2:] in (await rest_of(reader))[-125:]
    await is_welcome(table.players["Ada"], table)


async def test_a_frame_that_unpacks_to_more_than_a_frame_is_closed_with_1009(table: Table) -> None:
    """50 MB in 50 kB, where compression was agreed: it is unpacked no further than allowed."""
    ada = table.players["Ada"]
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(bytes(50_000_000)) + packer.flush(zlib.Z_SYNC_FLUSH)[:-4]
    offer = b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    async with connect(table.url) as (reader, writer):
        writer.write(upgrade(ada, table.campaign).removesuffix(b"\r\n") + offer)
        assert b"permessage-deflate" in await reader.readuntil(b"\r\n\r\n")
        await reader.readuntil(b"session:state")
        writer.write(frame(TEXT, bomb, bits=FIN | COMPRESSED))
        assert (1009).to_bytes(2, "big") in (await rest_of(reader))[-125:]
    await is_welcome(ada, table)


async def test_a_goodbye_that_is_ignored_ends_all_the_same(table: Table) -> None:
    """Who is turned away and stays is cut off."""
    async with open_raw(table.dm, NOT_THERE) as (reader, _):
        assert b"not_a_member" in await rest_of(reader)


async def test_when_all_places_are_taken_the_idle_go(set_table: TableMaker) -> None:
    """Who plays stays; who comes takes the place of who asks for nothing."""
    table = await set_table("Ada", connections=40)
    async with AsyncExitStack() as stack:
        silent = [await stack.enter_async_context(connect(table.url)) for _ in range(60)]
        for n in range(20):
            await table.sockets["dm"].send("hex:reveal", hexKeys=[f"{n},0"], targets="all", id=f"r{n}")
            await table.sockets["dm"].until("ack")
            await table.sockets["Ada"].until("hex:revealed")
            await is_welcome(table.players["Ada"], table)
        assert any(reader.at_eof() for reader, _ in silent)


async def test_when_all_places_are_taken_by_players_nobody_is_pushed_out(set_table: TableMaker) -> None:
    """A connection too many is dropped, and those at the table don't notice."""
    table = await set_table("Ada", connections=8)
    async with AsyncExitStack() as stack:
        tabs = [await stack.enter_async_context(open_raw(table.dm, table.campaign)) for _ in range(10)]
        await table.sockets["dm"].send("hex:reveal", hexKeys=["1,1"], targets="all")
        await table.sockets["Ada"].until("hex:revealed")
        await asyncio.sleep(0.1)
        assert any(reader.at_eof() or writer.is_closing() for reader, writer in tabs)


LARGE = 200 * 1024
"""Bytes of a frame that costs as much as 200 small ones."""


def padded(**message: object) -> bytes:
    """A large frame."""
    return frame(TEXT, json.dumps(message).encode().ljust(LARGE))


async def heard(reader: asyncio.StreamReader, word: bytes) -> None:
    """Returns when the word has come."""
    came = b""
    async with asyncio.timeout(PATIENCE):
        while word not in came:
            came += await reader.read(1024)


async def test_who_comes_again_is_heard_no_sooner(set_table: TableMaker) -> None:
    """The first large frame of a person takes all that is free; the next ones are due in minutes, on any connection."""
    table = await set_table(commands_per_second=1, command_burst=2)
    for n in range(8):
        async with open_raw(table.dm, table.campaign) as (reader, writer):
            await heard(reader, b"dm:preparing")
            writer.write(padded(type="hex:reveal", hexKeys=[f"{n},0"], targets="all"))
            await writer.drain()
            await asyncio.sleep(0.05)
    assert table.topics() == ["hexes_revealed"]


async def test_who_is_gone_is_waited_for_no_longer(set_table: TableMaker) -> None:
    """Though what was sent last may not be read for minutes."""
    table = await set_table("Ada", commands_per_second=1, command_burst=2)
    await table.sockets["dm"].send("session:start")
    await table.wait_for_log("session_started")
    async with open_raw(table.players["Ada"], table.campaign) as (reader, writer):
        await heard(reader, b"dm:preparing")
        writer.write(2 * padded(type="hex:reveal"))
        await heard(reader, b"invalid_message")
    await table.sockets["Ada"].socket.close()
    await table.wait_for_log("session_started", "player_left")


async def test_what_lies_ready_is_heard_in_turns(set_table: TableMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames that came while somebody was let in would else be heard without a pause."""
    table = await set_table("Ada")
    hear, turn, in_turn = endpoint._hear, count(), Counter[int]()
    now = next(turn)

    def counted(*arguments: Any) -> None:
        in_turn[now] += 1
        hear(*arguments)

    async def count_turns() -> None:
        nonlocal now
        while True:
            now = next(turn)
            await asyncio.sleep(0)

    monkeypatch.setattr(endpoint, "_hear", counted)
    counting = asyncio.create_task(count_turns())
    async with open_raw(table.players["Ada"], table.campaign) as (_, writer), asyncio.timeout(PATIENCE):
        writer.write(300 * frame(TEXT, b'{"type":"hex:reveal"}'))
        while in_turn.total() < 300:  # noqa: ASYNC110 - the server hears them
            await asyncio.sleep(0.01)
    counting.cancel()
    assert max(in_turn.values()) <= endpoint.TURN_WEIGHT
