"""What happened in a campaign, read from the log and folded, in pieces that take one short turn of the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from domain.events import ChangesPublished, ChangeStaged, HexesRevealed, HexesUpdated
from domain.ids import CampaignId
from domain.store import EventStore
from projections.room_state import RoomState, Step, fold

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
            step = Step(event, room, fold(room, event))
            room = step.after
            batch.append(step)
            heavy += EVENT_HEXES + hexes_of(step)
            if heavy > TURN_HEXES:
                yield batch
                batch, heavy = [], 0
                await asyncio.sleep(0)
        if batch:
            yield batch
        # A long stream must not hold up the others.
        await asyncio.sleep(0)


def hexes_of(step: Step) -> int:
    """How many hexes the event is about."""
    match step.event:
        case HexesRevealed() | HexesUpdated():
            return step.event.size
        case ChangeStaged():
            return step.event.change.size
        case ChangesPublished():
            return sum(waiting.change.size for waiting in step.before.table.staged)
        case _:
            return 0
