"""What the log of a campaign has beyond what its room knows, and whether it is still the log that the room knows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from domain.events import Event
from domain.ids import CampaignId
from domain.store import EngineError, EventStore, StoreUnavailable
from projections.room_state import RoomState


async def unknown_events(store: EventStore, campaign: CampaignId, room: RoomState) -> AsyncIterator[Sequence[Event]]:
    """Those after `room`. Raises StoreUnavailable, EngineError if it is not the log that the room came from."""
    known, version = room.newest, room.version
    # A database that was put back may have grown since, to the same version or beyond, with other events.
    async for events in store.read(campaign, after=version if known is None else version - 1):
        if known is not None and events[0].event_id != known:
            raise EngineError(f"the log has another event {version} than was told")
        if unknown := events if known is None else events[1:]:
            yield unknown
        known = None
    if known is not None:
        raise EngineError(f"the log ends before event {version}, which was told")


async def check_length(store: EventStore, campaign: CampaignId, told: int) -> None:
    """Raises EngineError if the log is shorter than what was told: to decide again on it would never end."""
    with suppress(StoreUnavailable):
        head = await store.head(campaign)
        if head.version < told:
            raise EngineError(f"the log ends with event {head.version}, and event {told} was told")
