"""The command that most scenarios send, and reading when it has arrived."""

from __future__ import annotations

from itertools import count

REVEALED, ACK = b"hex:revealed", b"ack"
COLUMNS = 300

_numbers = count(1)


def reveal() -> bytes:
    """Three hexes to all, with an id of its own; after so many reveals the hexes come again."""
    number = next(_numbers)
    q = number % COLUMNS
    return b'{"type":"hex:reveal","id":"%d","hexKeys":["%d,1","%d,2","%d,3"],"targets":"all"}' % (number, q, q, q)
