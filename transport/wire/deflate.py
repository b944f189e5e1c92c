"""Compressed WebSocket messages (RFC 7692), each readable without those before it, and put together from parts."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

WINDOW_BITS = 15
"""What a client must have agreed to read."""

_QUICKLY, _NOT_AT_ALL = 1, 0
_END = b"\x00\x00\xff\xff"
"""Of each part; the last one of a message goes without."""


def packed(data: Iterable[bytes]) -> bytes:
    """A part, of pieces. Takes a hundredth of a second for a megabyte, and lets other threads run after each piece."""
    return _part(data, _QUICKLY)


def as_it_is(data: bytes) -> bytes:
    """A part that is not worth the time."""
    return _part([data], _NOT_AT_ALL)


def message_of(*parts: bytes) -> bytes:
    """The payload of the frame."""
    return b"".join(parts).removesuffix(_END)


def _part(data: Iterable[bytes], level: int) -> bytes:
    compressor = zlib.compressobj(level, zlib.DEFLATED, -WINDOW_BITS)
    return b"".join([*map(compressor.compress, data), compressor.flush(zlib.Z_SYNC_FLUSH)])
