"""Unpacks bodies, never further than allowed: a small one can become a huge one."""

from __future__ import annotations

import zlib

from transport.http.problems import BadRequest, TooLarge

_WINDOW = {"gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}


def unpack(body: bytes, encoding: str, limit: int) -> bytes:
    """`encoding` as Content-Encoding has it. Raises TooLarge, and BadRequest for what can't be unpacked."""
    if encoding not in _WINDOW:
        raise BadRequest("A body may be packed with gzip or deflate only")
    unpacker = zlib.decompressobj(_WINDOW[encoding])
    try:
        unpacked = unpacker.decompress(body, limit + 1)
    except zlib.error:
        raise BadRequest(f"The body is no {encoding}") from None
    if len(unpacked) > limit:
        raise TooLarge(limit)
    if not unpacker.eof or unpacker.unused_data:
        raise BadRequest(f"The body is not just one whole {encoding}")
    return unpacked
