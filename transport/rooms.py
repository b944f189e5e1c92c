"""All rooms of this server: opened when somebody comes, gone from memory when nobody is there."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import NamedTuple

from domain.ids import CampaignId, UserId
from domain.postgres.pool import ASKING, asking_for
from domain.store import EventStore
from projections.people import Member, Viewer
from projections.views import map_in_pieces, same_eyes
from transport.directory.authority import Actor
from transport.following.follower import Follower
from transport.gathering import Gathering
from transport.large_work import LargeWork
from transport.log_growth import NO_LIMIT, LogGrowth
from transport.map_importer import MapSender, RoomImporter
from transport.map_json import map_json
from transport.map_parts import Importer
from transport.outcome import Order
from transport.room import Room
from transport.room_company import Campaigns, Whereabouts
from transport.room_loading import Snapshots, load_room
from transport.settings import Settings
from transport.sign_outs import RecentSignOuts
from transport.standings import Standings

REST_SECONDS = 5.0
"""How long a shutdown waits for commands that are on their way into the store."""

GOING_AWAY = 1001
TRY_AGAIN = 1013


class Rooms:
    """Satisfies transport.tables.Tables for those who hold no socket."""

    def __init__(
        self,
        store: EventStore,
        campaigns: Campaigns,
        snapshots: Snapshots,
        whereabouts: Whereabouts,
        settings: Settings,
        *,
        followers: Sequence[Follower] = (),
        growth: LogGrowth = NO_LIMIT,
    ) -> None:
        self._store = store
        self._standings = Standings(store)
        self._campaigns = campaigns
        self._snapshots = snapshots
        self._whereabouts = whereabouts
        whereabouts.tell(self._people_elsewhere)
        self.lease = whereabouts.lease
        self._settings = settings
        self._followers = followers
        self._growth = growth
        self._open: dict[CampaignId, asyncio.Task[Room]] = {}
        self._visits: defaultdict[CampaignId, int] = defaultdict(int)
        self._retiring: set[asyncio.Task[None]] = set()
        self._large_work = LargeWork()
        self._map_senders: set[MapSender] = set()
        self.recent_sign_outs = RecentSignOuts()
        self.is_closing = False
        """Nothing is taken from anybody any more."""
        self.is_draining = False
        """The server will end: others are to take those who come."""
        self.takes_nobody = False
        """Whoever comes is sent away."""

    @asynccontextmanager
    async def visit(self, campaign: CampaignId) -> AsyncIterator[Room]:
        """The room of a campaign that exists, which stays in memory meanwhile. Raises StoreUnavailable."""
        self._visits[campaign] += 1
        try:
            yield await self._room(campaign)
        finally:
            self._visits[campaign] -= 1
            if not self._visits[campaign]:
                del self._visits[campaign]

    async def map(self, campaign: CampaignId, viewer: Viewer) -> bytes:
        """The hexes that the viewer may know, as JSON."""
        name = await self._campaigns.campaign_name(campaign)
        async with self.visit(campaign) as room:
            await self.bring_up_to_date(room)
            state = room.gathering.state
            eyes = same_eyes(viewer, state)
            same = (campaign, state.newest, eyes, name)
            return await self._large_work.of(campaign, same, lambda: map_json(map_in_pieces(eyes, state, name)))

    async def bring_up_to_date(self, room: Room) -> None:
        """The room knows whatever was acknowledged, by any server, before this call. Raises StoreUnavailable."""
        standing = await self._standings.of(room.campaign)
        if standing.roster != room.roster_version:
            await self.members_changed(room.campaign, standing.roster)
        await room.reached(standing.version)

    @asynccontextmanager
    async def importer(
        self, campaign: CampaignId, actor: Actor, before_each: Callable[[], Awaitable[object]]
    ) -> AsyncIterator[Importer]:
        """See transport.tables.Tables."""
        sender = MapSender(campaign, actor.token_hash)
        self._map_senders.add(sender)
        try:
            async with self.visit(campaign) as room:
                yield RoomImporter(room, actor.user_id, sender, before_each, self.bring_up_to_date)
        finally:
            self._map_senders.discard(sender)

    async def members_changed(self, campaign: CampaignId, version: int | None = None) -> None:
        """Reads the members anew and lets the open room know, unless it knows them as they are since `version`."""
        if campaign not in self._open:
            return
        # Everybody at the table waits for it, not only whoever caused it.
        async with self.visit(campaign) as room, room.roster_lock:
            with asking_for(campaign):
                await self._read_members(room, version)

    async def _read_members(self, room: Room, version: int | None) -> None:
        if room.gathering.is_over or (version is not None and version <= room.roster_version):
            return
        # Read under the lock: of two changes at once the later reading is the newer one.
        try:
            version, members = await self._roster(room.campaign)
            ended = await self._ended_sign_ins(room, members)
        except Exception:
            # The change is committed, but not known here: nobody may go on as if it had not been made.
            self.start_over(room)
            raise
        for token_hash in ended:
            await self.signed_out(token_hash)
        room.roster_version = version
        room.gathering.members_changed(members)

    async def _ended_sign_ins(self, room: Room, members: Mapping[UserId, Member]) -> list[bytes]:
        """Of those who are DMs by these members, also if they came while it was asked. Raises StoreUnavailable.

        Their sign-outs count as changes of the members; somebody who becomes one may have signed out as a player.
        """
        dms = {user for user, member in members.items() if member.role == "dm"}
        asked: set[bytes] = set()
        ended: list[bytes] = []
        while unasked := self._sign_ins_of(room, dms) - asked:
            ended += await self._campaigns.ended_sign_ins(list(unasked))
            asked |= unasked
        return ended

    def _sign_ins_of(self, room: Room, dms: set[UserId]) -> set[bytes]:
        here = {one.token_hash for one in room.gathering.crowd if one.viewer.user_id in dms}
        return here | {one.token_hash for one in self._map_senders if one.campaign == room.campaign}

    async def has_ended(self, room: Room, token_hash: bytes) -> bool:
        """Whether a sign-in of a DM has ended, to be asked last before a connection of it joins.

        If it ends later the members change once more, of which the room then knows nothing yet: so it decides nothing
        before it has asked about all who are connected. Raises StoreUnavailable.
        """
        version = None
        while version != room.roster_version:
            version = room.roster_version
            ended = await self._campaigns.ended_sign_ins([token_hash])
        return bool(ended)

    async def signed_out(self, token_hash: bytes) -> None:
        """Closes the sockets of a sign-in, and ends its imports of maps."""
        self.recent_sign_outs.add(token_hash)
        for sender in self._map_senders:
            if sender.token_hash == token_hash:
                sender.may_command = False
        for room in self.open_rooms():
            room.gathering.signed_out(token_hash)

    def open_room(self, campaign: CampaignId) -> Room | None:
        """If it is in memory."""
        opening = self._open.get(campaign)
        return opened(opening) if opening is not None else None

    def open_rooms(self) -> list[Room]:
        """Those that are in memory."""
        return [room for opening in self._open.values() if (room := opened(opening)) is not None]

    async def open_once(self, campaign: CampaignId) -> None:
        """Whoever the log says is there, and does not come back soon, has left. Raises StoreUnavailable."""
        async with self.visit(campaign):
            pass

    def let_idle_rooms_go(self) -> None:
        """Those that nobody needs leave memory."""
        for room in self.open_rooms():
            if room.is_idle and room.campaign not in self._visits:
                del self._open[room.campaign]
                room.stop()

    async def online(self, campaign: CampaignId) -> frozenset[UserId]:
        """Who is connected, or was a moment ago."""
        room = self.open_room(campaign)
        return room.gathering.presence.announced if room is not None else await self._elsewhere(campaign)

    async def _elsewhere(self, campaign: CampaignId) -> frozenset[UserId]:
        return (await self._whereabouts.elsewhere([campaign])).get(campaign, frozenset())

    async def close(self) -> None:
        """Closes all sockets with 1001, after what was taken from them is stored and answered."""
        self.is_closing = True
        rooms = self.open_rooms()
        # Without a database some may never come to rest: nothing that they were asked is acknowledged then.
        with suppress(TimeoutError):
            async with asyncio.timeout(REST_SECONDS):
                await asyncio.gather(*(room.at_rest() for room in rooms))
        for room in rooms:
            room.stop()
        leaving = [c for room in rooms for c in room.gathering.close_all(GOING_AWAY, "server shutdown")]
        await asyncio.gather(*(connection.closed() for connection in leaving))
        self._open.clear()

    async def _room(self, campaign: CampaignId) -> Room:
        opening = self._open.get(campaign)
        if opening is None:
            opening = self._open[campaign] = asyncio.create_task(self._load(campaign))
            opening.add_done_callback(partial(self._forget_failed, campaign))
        return await asyncio.shield(opening)

    async def _load(self, campaign: CampaignId) -> Room:
        ASKING.set(campaign)  # also what the room asks: its task begins here, and not for whoever is the first
        settings = self._settings
        version, members = await self._roster(campaign)
        elsewhere = await self._elsewhere(campaign)
        loaded = await load_room(campaign, self._store, self._snapshots, members, settings.resume_events)

        def gather(submit: Callable[[Order], None]) -> Gathering:
            return Gathering(
                loaded.state,
                loaded.windows,
                members,
                submit,
                _NeighboursOf(self._whereabouts, campaign),
                grace=settings.leave_grace_seconds,
                work=self._large_work,
                elsewhere=elsewhere,
            )

        room = Room(
            campaign,
            self._store,
            gather,
            max_staged=settings.staged_changes,
            lease=self.lease,
            know_members=self._know_members,
            on_failure=self.start_over,
            followers=self._followers,
            growth=self._growth,
            now=self._whereabouts.time.now,
        )
        room.roster_version, room.kept = version, loaded.kept
        # Whoever moved meanwhile was not told to a room that was not there yet.
        self._whereabouts.look(campaign)
        return room

    def _people_elsewhere(self, campaign: CampaignId, users: frozenset[UserId]) -> None:
        if (room := self.open_room(campaign)) is not None:
            room.gathering.attendance.are_elsewhere(users)
            room.gathering.flush()

    async def _know_members(self, room: Room) -> None:
        # Asked of the store, which comes back from an outage sooner than the directory.
        if (await self._standings.of(room.campaign)).roster != room.roster_version:
            await self.members_changed(room.campaign)

    async def _roster(self, campaign: CampaignId) -> tuple[int, dict[UserId, Member]]:
        # The version first: then what is read is at least as new.
        versions = await self._campaigns.roster_versions([campaign])
        return versions.get(campaign, 0), await self._campaigns.roster(campaign)

    def _forget_failed(self, campaign: CampaignId, opening: asyncio.Task[Room]) -> None:
        if opening.cancelled() or opening.exception() is not None:
            self._open.pop(campaign, None)

    def start_over(self, room: Room) -> None:
        """What the room knows can't be trusted any more: everybody comes back to a new one."""
        if room.gathering.is_over:
            return
        self._open.pop(room.campaign, None)
        room.gathering.disband(TRY_AGAIN, "try again")
        retiring = asyncio.create_task(_retire(room))
        self._retiring.add(retiring)
        retiring.add_done_callback(self._retiring.discard)


class _NeighboursOf(NamedTuple):
    """A room's; see transport.attendance.Neighbours."""

    whereabouts: Whereabouts
    campaign: CampaignId

    def came(self, user: UserId) -> None:
        self.whereabouts.came(self.campaign, user)

    def went(self, user: UserId) -> None:
        self.whereabouts.went(self.campaign, user)

    def look(self) -> None:
        self.whereabouts.look(self.campaign)


def opened(opening: asyncio.Task[Room]) -> Room | None:
    """The room, if it is open by now."""
    if not opening.done() or opening.cancelled() or opening.exception() is not None:
        return None
    return opening.result()


async def _retire(room: Room) -> None:
    await room.at_rest()
    room.stop()
