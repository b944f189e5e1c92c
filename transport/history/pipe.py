"""Messages between the server and the process that looks up the past: some JSON, and bytes as they are."""

from __future__ import annotations

import asyncio
import struct
from typing import Literal, NamedTuple, NotRequired

import orjson
from typing_extensions import TypedDict

_LENGTHS = struct.Struct("!II")

Failure = Literal["unavailable", "newer", "unreadable", "not_installed", "failed"]


class Head(TypedDict):
    """Of a question its `number` alone, of an answer also what became of it."""

    number: int
    found: NotRequired[bool]
    rest: NotRequired[tuple[int, int, int] | None]
    failure: NotRequired[Failure]
    message: NotRequired[str]


class Message(NamedTuple):
    """`body` is the question as JSON, or the answer as it goes to who asked."""

    head: Head
    body: bytes = b""

    def packed(self) -> bytes:
        """As it goes over the line."""
        head = orjson.dumps(self.head)
        return _LENGTHS.pack(len(head), len(self.body)) + head + self.body


async def read_message(reader: asyncio.StreamReader) -> Message | None:
    """The next one, or None when the other side is gone."""
    try:
        head, body = _LENGTHS.unpack(await reader.readexactly(_LENGTHS.size))
        return Message(orjson.loads(await reader.readexactly(head)), await reader.readexactly(body))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
