"""A WebSocket byte by byte: what no client library would do."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from yarl import URL

from tests.end_to_end.peers import Person

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
FIN = 0x80
COMPRESSED = 0x40
KEY = "dGhlIHNhbXBsZSBub25jZQ=="


def upgrade(person: Person, campaign: str) -> bytes:
    """The call that opens a socket at the table."""
    address = URL(person.url)
    cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in person.http.cookie_jar)
    return (
        f"GET /ws?campaignId={campaign} HTTP/1.1\r\nHost: {address.host}:{address.port}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {KEY}\r\nCookie: {cookies}\r\n\r\n"
    ).encode()


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[Streams]:
    """A connection that reads hardly anything by itself: the buffers fill up."""
    address = URL(url)
    reader, writer = await asyncio.open_connection(address.host, address.port, limit=1024)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


@asynccontextmanager
async def open_raw(person: Person, campaign: str) -> AsyncIterator[Streams]:
    """A socket at the table that has not read anything yet."""
    async with connect(person.url) as (reader, writer):
        writer.write(upgrade(person, campaign))
        yield reader, writer


def frame(opcode: int, payload: bytes, *, bits: int = FIN, length: int | None = None) -> bytes:
    """As a client sends it; `length` is what the head says where that is not true."""
    told = len(payload) if length is None else length
    if told < 126:
        head = struct.pack("!BB", bits | opcode, 0x80 | told)
    elif told < 2**16:
        head = struct.pack("!BBH", bits | opcode, 0x80 | 126, told)
    else:
        head = struct.pack("!BBQ", bits | opcode, 0x80 | 127, told)
    return head + bytes(4) + payload  # a mask of zeros changes nothing


def close_frame(code: int, reason: str) -> bytes:
    """As a server sends it."""
    payload = struct.pack("!H", code) + reason.encode()
    return struct.pack("!BB", FIN | CLOSE, len(payload)) + payload
