"""Packed bodies."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest

from transport.http.problems import BadRequest, TooLarge
from transport.http.unpacking import unpack

BODY = b'{"name":"Ada"}'
GZIPPED = gzip.compress(BODY, mtime=0)


@pytest.mark.parametrize(("encoding", "packed"), [("gzip", GZIPPED), ("deflate", zlib.compress(BODY))])
def test_both_ways_to_pack(encoding: str, packed: bytes) -> None:
    """Up to the last byte that is allowed."""
    assert unpack(packed, encoding, len(BODY)) == BODY
    with pytest.raises(TooLarge):
        unpack(packed, encoding, len(BODY) - 1)


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", b""),
        ("gzip", BODY),
        ("gzip", zlib.compress(BODY)),
        ("gzip", GZIPPED[:-1]),
        ("gzip", GZIPPED + b"x"),
        ("gzip", GZIPPED * 2),
        ("deflate", GZIPPED),
        ("br", BODY),
        ("gzip, gzip", gzip.compress(GZIPPED, mtime=0)),
        ("", BODY),
    ],
)
def test_what_can_not_be_unpacked(encoding: str, packed: bytes) -> None:
    """Broken, cut short, with something behind it, or in a way of its own: the client's fault."""
    with pytest.raises(BadRequest):
        unpack(packed, encoding, 1_000)


def test_a_bomb_is_unpacked_no_further_than_allowed() -> None:
    """A thousandfold size costs neither the memory nor the time."""
    bomb = gzip.compress(bytes(100_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            unpack(bomb, "gzip", 64 * 1024)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
