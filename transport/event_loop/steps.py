"""What happened in a campaign, read from the log and folded, in pieces that take one short turn of the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import ParamSpec, TypeVar

from domain.events import Event
from domain.ids import CampaignId
from domain.store import EventStore
from projections.room_state import RoomState, Step, fold
from transport.event_loop.weights import EVENT_HEXES, TURN_HEXES, weight_to_fold

P = ParamSpec("P")
T = TypeVar("T")


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
            weight = weight_to_fold(event, room)
            step = await unless_small(weight, _step, event, room)
            room = step.after
            batch.append(step)
            heavy += EVENT_HEXES + weight
            if heavy > TURN_HEXES:
                yield batch
                batch, heavy = [], 0
                await asyncio.sleep(0)
        if batch:
            yield batch
        # A long stream must not hold up the others.
        await asyncio.sleep(0)


async def unless_small(weight: int, work: Callable[P, T], *arguments: P.args, **keywords: P.kwargs) -> T:
    """Has pure work of this weight done here, or in a thread if it would take longer than a turn may."""
    if weight <= TURN_HEXES:
        return work(*arguments, **keywords)
    return await asyncio.to_thread(work, *arguments, **keywords)


def _step(event: Event, room: RoomState) -> Step:
    return Step(event, room, fold(room, event))
