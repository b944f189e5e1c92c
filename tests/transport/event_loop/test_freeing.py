"""Large objects are freed in short turns."""

from __future__ import annotations

import asyncio
from weakref import WeakSet

from immutables import Map

from transport.event_loop.freeing import free_in_turns


async def test_one_in_a_turn() -> None:
    """All of a large file at once would take as long as to read it."""
    parts = [Map({number: number}) for number in range(10)]
    left = WeakSet(parts)
    free_in_turns(parts)
    for most in range(9, -1, -1):
        assert len(left) == len(parts) == most
        await asyncio.sleep(0)
