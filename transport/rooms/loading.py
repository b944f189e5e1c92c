"""How a room comes into memory: the newest snapshot and what happened since."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from domain.ids import CampaignId, UserId
from domain.store import EventStore
from projections.people import Member, People, players_among
from projections.room_state import RoomState
from projections.turns import in_turns
from transport.event_loop.steps import steps, unless_small
from transport.event_loop.weights import EVENT_HEXES, TURN_HEXES, weight_to_tell
from transport.rooms.told import tell_of
from transport.rooms.windows import KeptWindows, Windows

NOW = 2**63 - 1
"""Above every version that there can be."""


class Snapshot(NamedTuple):
    """All of a room that the log is too long for: the state, and what everybody was told lately."""

    state: RoomState = RoomState()
    windows: KeptWindows = KeptWindows()


class Snapshots(Protocol):
    """Where rooms are kept; only ever a cache."""

    async def newest(self, campaign: CampaignId, up_to: int = NOW) -> RoomState | None:
        """The state as it was kept last, if this program can read it, and not later than at version `up_to`.

        Raises StoreUnavailable when that can't be found out now.
        """

    async def newest_whole(self, campaign: CampaignId) -> Snapshot | None:
        """The last one from which a room can go on: `keep` leaves none of these. Raises as `newest`."""

    async def keep(self, campaign: CampaignId, room: RoomState) -> None:
        """Adds a state of the past; harmless if it is there. Raises StoreUnavailable."""

    async def keep_next(self, campaign: CampaignId, room: Snapshot, last: int) -> int:
        """Adds a whole one, unless another server has since version `last`, or is about to; the newest one's version.

        Raises StoreUnavailable.
        """


class Loaded(NamedTuple):
    """A room, what everybody was told lately, and the version of the snapshot it came from (0: none)."""

    state: RoomState
    windows: Windows
    kept: int


async def load_room(
    campaign: CampaignId,
    store: EventStore,
    snapshots: Snapshots,
    members: Mapping[UserId, Member],
    resume_events: int,
) -> Loaded:
    """Reads the log after the newest snapshot. Raises StoreUnavailable, UnreadableEvent."""
    kept = await snapshots.newest_whole(campaign) or Snapshot()
    newest = kept.state.newest
    if newest is not None and await store.version_of(campaign, newest) != kept.state.version:
        kept = Snapshot()  # of a past that is gone: the log was put back to an earlier moment, without its snapshots
    state, people, players = kept.state, People(members, frozenset()), players_among(members)
    windows = await in_turns(Windows.as_kept(resume_events, kept.windows))
    windows.follow(players, state)
    worked = 0
    async for batch in steps(store, campaign, state):
        for step in batch:
            weight = weight_to_tell(step.event, step.before, players)
            cost = EVENT_HEXES + windows.weight + weight
            worked += cost
            if worked > TURN_HEXES:
                worked = cost
                await asyncio.sleep(0)
            windows.take_in(step, await unless_small(weight, tell_of, step, people, players), players)
        state = batch[-1].after
    return Loaded(state, windows, kept.state.version)
