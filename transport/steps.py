"""What happened in a campaign, read from the log and folded, in pieces that take one short turn of the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import ParamSpec, TypeVar

from domain.events import ChangesPublished, ChangeStaged, Event, HexesRevealed, HexesUpdated
from domain.ids import CampaignId
from domain.store import EventStore
from domain.table import Table
from projections.room_state import RoomState, Step, fold

P = ParamSpec("P")
T = TypeVar("T")

TURN_HEXES = 2_500
"""Folded, viewed and encoded in some milliseconds, after which others have their turn."""

EVENT_HEXES = 10
"""What an event weighs by itself."""


async def steps(
    store: EventStore, campaign: CampaignId, room: RoomState, up_to: int | None = None
) -> AsyncIterator[list[Step]]:
    """All after `room`, to version `up_to` or the head, in lists that are never empty.

    Raises StoreUnavailable or UnreadableEvent.
    """
    async for events in store.read(campaign, room.version, up_to):
        batch: list[Step] = []
        heavy = 0
        for event in events:
            hexes = hexes_of(event, room.table)
            step = await unless_small(hexes, _step, event, room)
            room = step.after
            batch.append(step)
            heavy += EVENT_HEXES + hexes
            if heavy > TURN_HEXES:
                yield batch
                batch, heavy = [], 0
                await asyncio.sleep(0)
        if batch:
            yield batch
        # A long stream must not hold up the others.
        await asyncio.sleep(0)


def hexes_of(event: Event, before: Table) -> int:
    """How many hexes the event is about, at a table as it was before."""
    match event:
        case HexesRevealed() | HexesUpdated():
            return event.size
        case ChangeStaged():
            return event.change.size
        case ChangesPublished():
            return sum(waiting.change.size for waiting in before.staged)
        case _:
            return 0


async def unless_small(hexes: int, work: Callable[P, T], *arguments: P.args, **keywords: P.kwargs) -> T:
    """Has pure work on so many hexes done here, or in a thread if it would take longer than a turn may."""
    if hexes <= TURN_HEXES:
        return work(*arguments, **keywords)
    return await asyncio.to_thread(work, *arguments, **keywords)


def _step(event: Event, room: RoomState) -> Step:
    return Step(event, room, fold(room, event))
