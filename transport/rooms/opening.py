"""Makes the room of a campaign: its members, its state, and what it asks of the servers beside this one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from domain.ids import CampaignId, UserId
from domain.postgres.pool import ASKING
from domain.store import EventStore
from projections.people import Member
from transport.event_loop.large_work import LargeWork
from transport.rooms.command import PendingCommand
from transport.rooms.command_observer import CommandObserver
from transport.rooms.live_projection import LiveProjection
from transport.rooms.loading import Snapshots, load_room
from transport.rooms.log_growth import LogGrowth
from transport.rooms.ports import Campaigns, OtherServers
from transport.rooms.room import Room
from transport.settings import Settings


class RoomOpener(NamedTuple):
    """What all rooms of a server have in common."""

    store: EventStore
    campaigns: Campaigns
    snapshots: Snapshots
    other_servers: OtherServers
    settings: Settings
    followers: Sequence[CommandObserver]
    growth: LogGrowth
    large_work: LargeWork

    async def open(
        self,
        campaign: CampaignId,
        know_members: Callable[[Room], Awaitable[None]],
        on_failure: Callable[[Room, Exception], None],
    ) -> Room:
        """To be called in a task of its own; see Room for the last two. Raises StoreUnavailable, UnreadableEvent."""
        ASKING.set(campaign)  # also what the room asks: its task begins here, and not for whoever is the first
        settings = self.settings
        version, members = await self.roster(campaign)
        elsewhere = (await self.other_servers.elsewhere([campaign])).get(campaign, frozenset())
        loaded = await load_room(campaign, self.store, self.snapshots, members, settings.resume_events)

        def project(submit: Callable[[PendingCommand], None]) -> LiveProjection:
            return LiveProjection(
                loaded.state,
                loaded.windows,
                members,
                submit,
                _NeighboursOf(self.other_servers, campaign),
                grace=settings.leave_grace_seconds,
                work=self.large_work,
                elsewhere=elsewhere,
            )

        room = Room(
            campaign,
            self.store,
            project,
            max_staged=settings.staged_changes,
            lease=self.other_servers.lease,
            know_members=know_members,
            on_failure=on_failure,
            followers=self.followers,
            growth=self.growth,
            now=self.other_servers.time.now,
        )
        room.roster_version, room.kept = version, loaded.kept
        # Whoever moved meanwhile was not told to a room that was not there yet.
        self.other_servers.look(campaign)
        return room

    async def roster(self, campaign: CampaignId) -> tuple[int, dict[UserId, Member]]:
        """The members, and a version that they have at least. Raises StoreUnavailable."""
        # The version first: then what is read is at least as new.
        versions = await self.campaigns.roster_versions([campaign])
        return versions.get(campaign, 0), await self.campaigns.roster(campaign)


def opened(opening: asyncio.Task[Room]) -> Room | None:
    """The room, if it is open by now."""
    if not opening.done() or opening.cancelled() or opening.exception() is not None:
        return None
    return opening.result()


class _NeighboursOf(NamedTuple):
    """A room's; see transport.rooms.attendance.Neighbours."""

    other_servers: OtherServers
    campaign: CampaignId

    def came(self, user: UserId) -> None:
        self.other_servers.came(self.campaign, user)

    def went(self, user: UserId) -> None:
        self.other_servers.went(self.campaign, user)

    def look(self) -> None:
        self.other_servers.look(self.campaign)
