"""Frees large objects in short turns of the event loop.

Python frees an object, and all that only this object holds, in one call: for a map of 100,000 hexes that takes five
to twenty milliseconds, in which no other thread runs either.
"""

from __future__ import annotations

import asyncio
from typing import Any

from domain.events import ChangeStaged, Event, HexesRevealed, HexesUpdated
from transport.event_loop.weights import EVENT_HEXES

FREED_HEXES = 20_000
"""In one turn: two milliseconds, a thirtieth of what it takes to fold them."""


def free_in_turns(parts: list[Any]) -> None:
    """Empties the list, an object in a turn. Whoever calls it must keep none of them."""
    if parts:
        parts.pop()
        asyncio.get_running_loop().call_soon(free_in_turns, parts)


async def free_events(events: list[Event]) -> None:
    """Empties the list, which is the last to have the events; returns when it is empty."""
    freed = 0
    while events:
        freed += _hexes(events.pop())
        if freed >= FREED_HEXES:
            freed = 0
            await asyncio.sleep(0)


def _hexes(event: Event) -> int:
    match event:
        case HexesRevealed() | HexesUpdated():
            return EVENT_HEXES + event.size
        case ChangeStaged():
            return EVENT_HEXES + event.change.size
        case _:
            return EVENT_HEXES
