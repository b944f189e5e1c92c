"""Keeps the open rooms of a server as the database has them: after each notification, and now and then in any case."""

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
from transport.cluster.lease import clock
from transport.cluster.left_behind import LeftBehind
from transport.cluster.membership import ClusterMembership
from transport.cluster.notifications import LogGrew, MembersChanged, Missed, Notification, PeopleMoved, SignedOut
from transport.event_loop.garbage import collect_all
from transport.event_loop.supervision import surviving
from transport.rooms.loading import Snapshots
from transport.rooms.registry import Rooms

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
        self, rooms: Rooms, store: EventStore, people: People, kept: Snapshots, membership: ClusterMembership
    ) -> None:
        self._rooms = rooms
        self._lease = membership.lease
        self._membership = membership
        self._store = store
        self._people = people
        self._snapshots = kept
        self.left_behind = LeftBehind(rooms, membership)
        self._untidy = 0

    async def stay_alive(self) -> Never:
        """Keeps the lease, until cancelled; whoever finds out that it had run out makes up for it first."""
        while True:
            await asyncio.sleep(min(self._lease.seconds / 5, FOLLOW_SECONDS) if self._lease.is_held else HURRY_SECONDS)
            with suppress(StoreUnavailable):
                await self.extend_lease()

    async def extend_lease(self) -> None:
        """Raises StoreUnavailable."""
        asked = clock()
        await self._membership.stay_alive()
        if self._lease.has_run_out:
            await self._make_up()
        self._lease.extend(asked)
        metrics.NODES.set(self._membership.others + 1)
        is_any = True  # also if only the answer gets lost
        with suppress(StoreUnavailable), surviving("lease"):  # ours is extended, whatever becomes of those of others
            is_any = await self._membership.expire_leases()
        if is_any:
            self.left_behind.look()
            # The notification of it is for the others: of whose people they were is news for our rooms, too.
            self._membership.look(*(room.campaign for room in self._rooms.open_rooms()))

    async def _make_up(self) -> None:
        """Whatever was missed, those who were removed must be told nothing more."""
        metrics.LEASES_LOST.inc()
        await self._follow_members()
        await self._follow_sign_ins()
        for room in self._rooms.open_rooms():
            room.catch_up()
            self._membership.look(room.campaign)

    async def run(self) -> Never:
        """Runs until cancelled."""
        turn = 0
        while True:
            await asyncio.sleep(FOLLOW_SECONDS)
            turn += 1
            self._tidy_up()
            with suppress(StoreUnavailable), surviving("upkeep"):
                self._rooms.let_idle_rooms_go()
            with suppress(StoreUnavailable), surviving("upkeep"):
                await self._follow_log()
            self.left_behind.open(self._rooms.take_started_over())
            await self._keep_snapshots()
            if turn % PEOPLE_TURNS == 0:
                await self._follow_people()

    def _tidy_up(self) -> None:
        """Once, two turns after the last room has left memory: the maps are gone by now, and nobody plays."""
        if self._rooms.is_any_in_memory:
            self._untidy = 2
        elif self._untidy:
            self._untidy -= 1
            if not self._untidy:
                collect_all()

    async def follow(self, notifications: AsyncIterable[Notification]) -> None:
        """Runs until cancelled, or until there are no more notifications."""
        async with asyncio.TaskGroup() as group:
            async for notification in notifications:
                with suppress(StoreUnavailable), surviving("notifications"):
                    await self._act_on(notification, group)

    async def _act_on(self, notification: Notification, group: asyncio.TaskGroup) -> None:
        match notification:
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
                self._membership.somebody_moved([c for c in campaigns if self._rooms.open_room(c) is not None])
            case Missed():
                # Each of them, also those that are as long as before: it may be another database.
                self._catch_up([room.campaign for room in self._rooms.open_rooms()])
                group.create_task(self._follow_people())

    def _catch_up(self, campaigns: Sequence[CampaignId]) -> None:
        for campaign in campaigns:
            if (room := self._rooms.open_room(campaign)) is not None:
                room.catch_up()

    async def _follow_log(self) -> None:
        known = {room: room.projection.state.version for room in self._rooms.open_rooms()}
        heads = await self._store.heads([room.campaign for room in known]) if known else {}
        lag = 0
        for room, version in known.items():
            if room.projection.is_over:  # it has left memory, or starts over
                continue
            unknown = heads.get(room.campaign, 0) - version
            if unknown < 0:
                log.error("the log is shorter than what was told", campaign=str(room.campaign), version=version)
                self._rooms.start_over(room)
            elif unknown > 0:
                lag += max(0, version + unknown - room.projection.state.version)
                room.catch_up()
        metrics.LOG_LAG_EVENTS.set(lag)

    async def _follow_people(self) -> None:
        with suppress(StoreUnavailable), surviving("upkeep"):
            await self._follow_members()
        with suppress(StoreUnavailable), surviving("upkeep"):
            await self._follow_sign_ins()
        self._membership.look(*(room.campaign for room in self._rooms.open_rooms()))

    async def _follow_members(self) -> None:
        rooms = {room.campaign: room for room in self._rooms.open_rooms()}
        versions = await self._people.roster_versions(list(rooms)) if rooms else {}
        for campaign, room in rooms.items():
            # A campaign that is gone has no members either.
            if versions.get(campaign) != room.roster_version:
                with surviving("upkeep"):  # the room has started over
                    await self._rooms.members_changed(campaign)

    async def _follow_sign_ins(self) -> None:
        hashes = list({one.token_hash for room in self._rooms.open_rooms() for one in room.projection.subscribers})
        for start in range(0, len(hashes), SIGN_INS_AT_ONCE):
            for ended in await self._people.ended_sign_ins(hashes[start : start + SIGN_INS_AT_ONCE]):
                await self._rooms.signed_out(ended)

    async def _members_changed(self, campaign: CampaignId, version: int) -> None:
        with suppress(StoreUnavailable), surviving("notifications"):
            await self._rooms.members_changed(campaign, version)

    async def _keep_snapshots(self) -> None:
        due = [room for room in self._rooms.open_rooms() if snapshots.is_due(room.projection.state, room.kept)]
        for room in due:
            if room.projection.is_over:
                continue
            # One that can't be kept is not in the way of the others.
            with suppress(StoreUnavailable), surviving("upkeep"):
                room.kept = await self._snapshots.keep_next(room.campaign, room.projection.snapshot(), room.kept)
