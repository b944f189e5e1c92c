"""HTTP byte by byte: what a client library would tidy up or refuse to send."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urlsplit

from tests.end_to_end.peers import PATIENCE

HOST = b"Host: 127.0.0.1\r\n"
GOODBYE = b"GET /healthz HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")


async def exchange(url: str, request: bytes) -> bytes:
    """Everything the server says to these bytes, and to a call on the same connection after them, until it closes."""
    address = urlsplit(url)
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        try:
            writer.write(request + GOODBYE)
            return await reader.read()
        finally:
            writer.close()


def statuses(answers: bytes) -> list[int]:
    """Of each answer, in order."""
    return [int(status) for status in _STATUS.findall(answers)]


def get(target: bytes, headers: bytes = b"", method: bytes = b"GET") -> bytes:
    return method + b" " + target + b" HTTP/1.1\r\n" + HOST + headers + b"\r\n"


def post(headers: bytes, body: bytes = b"", target: bytes = b"/api/people") -> bytes:
    return get(target, headers, b"POST") + body


def sign_up(headers: bytes) -> bytes:
    """A whole and good call that makes a person, if the headers permit."""
    body = b'{"name":"Eve"}'
    return post(headers + b"Content-Length: %d\r\n" % len(body), body)
