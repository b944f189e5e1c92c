"""WebSocket text frames, encoded once and written to many (RFC 6455, section 5.2)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any

from projections.messages import ServerMessage, ShownTo
from projections.pieces import in_pieces, weight_of
from transport.wire.json import wire_json

_FINAL = 0x80
_TEXT = 0x01
_COMPRESSED = 0x40


def text_frame(payload: bytes, *, is_packed: bool = False) -> bytes:
    """A final, unmasked text frame around UTF-8 bytes, as a server sends it; or around such bytes compressed."""
    return header(len(payload), is_packed=is_packed) + payload


def header(length: int, *, is_packed: bool = False, is_first: bool = True, is_last: bool = True) -> bytes:
    """What comes before a payload of so many bytes, or before a fragment of one. Pings may stand between these."""
    first = (_FINAL if is_last else 0) | (_TEXT if is_first else 0) | (_COMPRESSED if is_packed else 0)
    if length < 126:
        return bytes((first, length))
    if length < 65_536:
        return struct.pack("!BBH", first, 126, length)
    return struct.pack("!BBQ", first, 127, length)


def message_frame(message: ServerMessage) -> bytes:
    """A message as one frame."""
    return text_frame(wire_json(message))


def large_message_frame(message: ServerMessage) -> bytes:
    """The same of one with very many hexes, for use in a thread: a single call for all would stop every thread."""
    text = [b"{"]
    for name, value in message.items():
        weight = _weight if name == "audiences" else None
        text += [
            wire_json(name),
            b":",
            *(_list_json(value, weight) if isinstance(value, list) else [wire_json(value)]),
            b",",
        ]
    text[-1] = b"}"
    return text_frame(b"".join(text))


def _list_json(items: list[Any], weight: Callable[[Any], int] | None) -> Iterator[bytes]:
    before = b"["
    for piece in in_pieces(items, weight):
        yield before + wire_json(piece)[1:-1]
        before = b","
    yield b"]" if items else b"[]"


def _weight(shown: ShownTo) -> int:
    return len(shown["hexKeys"]) + weight_of(shown["to"])
