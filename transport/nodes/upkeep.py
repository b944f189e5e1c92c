"""Keeps the open rooms of a server as the database has them: at a hint at once, and now and then in any case."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Sequence
from contextlib import suppress
from typing import Never, Protocol

import structlog

from domain.ids import CampaignId
from domain.store import EventStore, StoreUnavailable
from projections import snapshots
from transport import metrics
from transport.nodes.hints import Hint, LogGrew, MembersChanged, Missed, PeopleMoved, SignedOut
from transport.nodes.lease import clock
from transport.nodes.left_behind import LeftBehind
from transport.nodes.whereabouts import Whereabouts
from transport.room_loading import Snapshots
from transport.rooms import Rooms
from transport.supervision import surviving

log = structlog.get_logger()

FOLLOW_SECONDS = 1.0
"""How often it is looked whether others wrote to the log of an open room, and which rooms are idle."""

PEOPLE_TURNS = 5
"""In each so many of these it is also looked whether members or sign-ins changed."""

SIGN_INS_AT_ONCE = 1_000

HURRY_SECONDS = 0.2
"""Between two tries to get a lease back."""


class People(Protocol):
    """What the upkeep asks of the directory of people."""

    async def roster_versions(self, campaigns: Sequence[CampaignId]) -> dict[CampaignId, int]:
        """How often the members of each changed; none of a campaign that is gone. Raises StoreUnavailable."""

    async def ended_sign_ins(self, token_hashes: Sequence[bytes]) -> list[bytes]:
        """Those that are worth nothing any more. Raises StoreUnavailable."""


class Upkeep:
    """Whatever fails is tried again a second later; the others go on. Its tasks are kept running by their callers."""

    def __init__(
        self, rooms: Rooms, store: EventStore, people: People, kept: Snapshots, whereabouts: Whereabouts
    ) -> None:
        self._rooms = rooms
        self._lease = rooms.lease
        self._whereabouts = whereabouts
        self._store = store
        self._people = people
        self._snapshots = kept
        self.left_behind = LeftBehind(rooms, whereabouts)

    async def stay_alive(self) -> Never:
        """Keeps the lease, until cancelled; whoever finds out that it had run out makes up for it first."""
        while True:
            await asyncio.sleep(min(self._lease.seconds / 5, FOLLOW_SECONDS) if self._lease.is_held else HURRY_SECONDS)
            with suppress(StoreUnavailable):
                await self.extend_lease()

    async def extend_lease(self) -> None:
        """Raises StoreUnavailable."""
        asked = clock()
        await self._whereabouts.stay_alive()
        if self._lease.has_run_out:
            await self._make_up()
        self._lease.extend(asked)
        metrics.NODES.set(self._whereabouts.others + 1)
        with suppress(StoreUnavailable), surviving("lease"):  # ours is extended, whatever becomes of those of others
            self.left_behind.add(await self._whereabouts.bury_the_dead())

    async def _make_up(self) -> None:
        """Whatever was missed, those who were removed must be told nothing more."""
        metrics.LEASES_LOST.inc()
        await self._follow_members()
        await self._follow_sign_ins()
        for room in self._rooms.open_rooms():
            room.catch_up()
            self._whereabouts.look(room.campaign)

    async def run(self) -> Never:
        """Runs until cancelled."""
        turn = 0
        while True:
            await asyncio.sleep(FOLLOW_SECONDS)
            turn += 1
            with suppress(StoreUnavailable), surviving("upkeep"):
                self._rooms.let_idle_rooms_go()
            with suppress(StoreUnavailable), surviving("upkeep"):
                await self._follow_log()
            with suppress(StoreUnavailable):
                await self._keep_snapshots()
            if turn % PEOPLE_TURNS == 0:
                await self._follow_people()

    async def follow(self, hints: AsyncIterable[Hint]) -> None:
        """Runs until cancelled, or until there are no more hints."""
        async with asyncio.TaskGroup() as group:
            async for hint in hints:
                with suppress(StoreUnavailable), surviving("hints"):
                    await self._act_on(hint, group)

    async def _act_on(self, hint: Hint, group: asyncio.TaskGroup) -> None:
        match hint:
            case LogGrew(campaigns) if campaigns is not None:
                self._catch_up(campaigns)
            case LogGrew():
                await self._follow_log()
            case MembersChanged(campaign, version):
                group.create_task(self._members_changed(campaign, version))
            case SignedOut(token_hash):
                await self._rooms.signed_out(token_hash)
                await asyncio.sleep(0)  # a sweep tells of a thousand at once: others have their turn in between
            case PeopleMoved(campaigns):
                self._whereabouts.somebody_moved([c for c in campaigns if self._rooms.open_room(c) is not None])
            case Missed():
                # Each of them, also those that are as long as before: it may be another database.
                self._catch_up([room.campaign for room in self._rooms.open_rooms()])
                group.create_task(self._follow_people())

    def _catch_up(self, campaigns: Sequence[CampaignId]) -> None:
        for campaign in campaigns:
            if (room := self._rooms.open_room(campaign)) is not None:
                room.catch_up()

    async def _follow_log(self) -> None:
        known = {room: room.gathering.state.version for room in self._rooms.open_rooms()}
        heads = await self._store.heads([room.campaign for room in known]) if known else {}
        lag = 0
        for room, version in known.items():
            unknown = heads.get(room.campaign, 0) - version
            if unknown < 0:
                log.error("the log is shorter than what was told", campaign=str(room.campaign), version=version)
                self._rooms.start_over(room)
            elif unknown > 0:
                lag += max(0, version + unknown - room.gathering.state.version)
                room.catch_up()
        metrics.LOG_LAG_EVENTS.set(lag)

    async def _follow_people(self) -> None:
        with suppress(StoreUnavailable), surviving("upkeep"):
            await self._follow_members()
        with suppress(StoreUnavailable), surviving("upkeep"):
            await self._follow_sign_ins()
        self._whereabouts.look(*(room.campaign for room in self._rooms.open_rooms()))

    async def _follow_members(self) -> None:
        rooms = {room.campaign: room for room in self._rooms.open_rooms()}
        versions = await self._people.roster_versions(list(rooms)) if rooms else {}
        for campaign, room in rooms.items():
            # A campaign that is gone has no members either.
            if versions.get(campaign) != room.roster_version:
                with surviving("upkeep"):  # the room has started over
                    await self._rooms.members_changed(campaign)

    async def _follow_sign_ins(self) -> None:
        hashes = list({one.token_hash for room in self._rooms.open_rooms() for one in room.gathering.crowd})
        for start in range(0, len(hashes), SIGN_INS_AT_ONCE):
            for ended in await self._people.ended_sign_ins(hashes[start : start + SIGN_INS_AT_ONCE]):
                await self._rooms.signed_out(ended)

    async def _members_changed(self, campaign: CampaignId, version: int) -> None:
        with suppress(StoreUnavailable), surviving("hints"):
            await self._rooms.members_changed(campaign, version)

    async def _keep_snapshots(self) -> None:
        due = [room for room in self._rooms.open_rooms() if snapshots.is_due(room.gathering.state, room.kept)]
        for room in due:
            with surviving("upkeep"):
                room.kept = await self._snapshots.keep_next(room.campaign, room.gathering.snapshot(), room.kept)
