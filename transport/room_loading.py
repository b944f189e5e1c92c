"""How a room comes into memory: the newest snapshot and what happened since."""

from __future__ import annotations

import asyncio
from typing import NamedTuple, Protocol

from domain.ids import CampaignId
from domain.store import EventStore
from projections.room_state import RoomState, Step, fold
from transport.window import Window, hexes_of

NOW = 2**63 - 1
"""Above every version that there can be."""

SLICE_HEXES = 5_000
"""Folded in a few milliseconds, after which others have their turn."""


class Snapshots(Protocol):
    """Where rooms are kept; only ever a cache."""

    async def newest(self, campaign: CampaignId, up_to: int = NOW) -> RoomState | None:
        """The room as it was kept last, if this program can read it, and not later than at version `up_to`."""

    async def keep(self, campaign: CampaignId, room: RoomState) -> None:
        """Adds one; harmless if it is there. Raises StoreUnavailable."""

    async def keep_next(self, campaign: CampaignId, room: RoomState, last: int) -> int:
        """Adds one, unless another server has since version `last`, or is about to; the newest version that is kept.

        Raises StoreUnavailable.
        """


class Loaded(NamedTuple):
    """A room, the newest steps that led to it, and the version of the snapshot it came from (0: none)."""

    state: RoomState
    window: Window
    kept: int


async def load_room(campaign: CampaignId, store: EventStore, snapshots: Snapshots, resume_events: int) -> Loaded:
    """Reads the log after the newest snapshot. Raises StoreUnavailable."""
    state = await snapshots.newest(campaign) or RoomState()
    window = Window(resume_events)
    heavy = 0
    kept = state.version
    async for events in store.read(campaign, after=state.version):
        for event in events:
            step = Step(event, state, fold(state, event))
            window.append(step)
            state = step.after
            heavy += hexes_of(step)
            if heavy > SLICE_HEXES:
                heavy = 0
                await asyncio.sleep(0)
        # A long stream must not hold up the others.
        await asyncio.sleep(0)
    return Loaded(state, window, kept)
