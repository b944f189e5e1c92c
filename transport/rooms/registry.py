"""All rooms of this server: opened when somebody comes, gone from memory when nobody is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from domain.ids import CampaignId, UserId
from domain.postgres.pool import asking_for
from domain.store import EventStore, NewerEvent, StoreUnavailable
from projections.people import Viewer
from projections.views import map_in_pieces, view_key
from transport.accounts.authority import Actor
from transport.event_loop.large_work import LargeWork
from transport.event_loop.supervision import note_failure
from transport.maps.json import map_json
from transport.maps.parts import Importer
from transport.rooms.command_observer import CommandObserver
from transport.rooms.loading import Snapshots
from transport.rooms.log_growth import NO_LIMIT, LogGrowth
from transport.rooms.map_importer import MapSender, RoomImporter
from transport.rooms.open_rooms import OpenRooms
from transport.rooms.opening import RoomOpener
from transport.rooms.ports import Campaigns, OtherServers
from transport.rooms.room import Room
from transport.rooms.sign_ins import SignIns
from transport.rooms.standings import Standings
from transport.settings import Settings

REST_SECONDS = 5.0
"""How long a shutdown waits for rooms that are being opened, and for commands that are on their way into the store."""

GOING_AWAY = 1001
TRY_AGAIN = 1013


class Rooms:
    """Satisfies transport.rooms.tables.Tables for those who hold no socket."""

    def __init__(
        self,
        store: EventStore,
        campaigns: Campaigns,
        snapshots: Snapshots,
        other_servers: OtherServers,
        settings: Settings,
        *,
        followers: Sequence[CommandObserver] = (),
        growth: LogGrowth = NO_LIMIT,
    ) -> None:
        self._large_work = LargeWork()
        self._opener = RoomOpener(
            store, campaigns, snapshots, other_servers, settings, followers, growth, self._large_work
        )
        self._standings = Standings(store)
        self._campaigns = campaigns
        self._other_servers = other_servers
        other_servers.tell(self._people_elsewhere)
        self.lease = other_servers.lease
        self._open = OpenRooms(self._made)
        self._retiring: set[asyncio.Task[None]] = set()
        self._started_over: set[CampaignId] = set()
        self.sign_ins = SignIns(campaigns)
        self.is_closing = False
        """Nothing is taken from anybody any more."""
        self.is_draining = False
        """The server will end: others are to take those who come."""
        self.takes_nobody = False
        """Whoever comes is sent away."""

    def visit(self, campaign: CampaignId) -> AbstractAsyncContextManager[Room]:
        """The room of a campaign that exists, which stays in memory meanwhile.

        Raises StoreUnavailable; NewerEvent if only a newer server can open it.
        """
        return self._open.visit(campaign)

    async def map(self, campaign: CampaignId, viewer: Viewer) -> bytes:
        """The hexes that the viewer may know, as JSON."""
        name = await self._campaigns.campaign_name(campaign)
        async with self.visit(campaign) as room:
            await self.bring_up_to_date(room)
            state = room.projection.state
            view = view_key(viewer, state)
            same = (campaign, state.newest, view, name)
            return await self._large_work.of(campaign, same, lambda: map_json(map_in_pieces(view, state, name)))

    async def bring_up_to_date(self, room: Room) -> None:
        """The room knows whatever was acknowledged, by any server, before this call. Raises StoreUnavailable."""
        standing = await self._standings.of(room.campaign)
        if standing.roster != room.roster_version:
            await self._read_members(room, standing.roster)
        _check_goes_on(room)
        await room.reached(standing.version)

    @asynccontextmanager
    async def importer(
        self, campaign: CampaignId, actor: Actor, before_each: Callable[[], Awaitable[object]]
    ) -> AsyncIterator[Importer]:
        """See transport.rooms.tables.Tables."""
        sender = MapSender(campaign, actor.token_hash)
        self.sign_ins.map_senders.add(sender)
        try:
            async with self.visit(campaign) as room:
                yield RoomImporter(room, actor.user_id, sender, before_each, self.bring_up_to_date)
        finally:
            self.sign_ins.map_senders.discard(sender)

    async def members_changed(self, campaign: CampaignId, version: int | None = None) -> None:
        """Reads the members anew and lets the open room know, unless it knows them as they are since `version`."""
        if self._open.knows(campaign):
            async with self.visit(campaign) as room:
                await self._read_members(room, version)

    async def _read_members(self, room: Room, version: int | None = None) -> None:
        # Everybody at the table waits for it, not only whoever caused it.
        with asking_for(room.campaign):
            # Of two changes at once the later reading is the newer one.
            async with room.roster_lock:
                if not room.projection.is_over and (version is None or version > room.roster_version):
                    await self._take_members(room)

    async def _take_members(self, room: Room) -> None:
        try:
            version, members = await self._opener.roster(room.campaign)
            ended = await self.sign_ins.ended(room, members)
        except Exception:
            # The change is committed, but not known here: nobody may go on as if it had not been made.
            self.start_over(room)
            raise
        for token_hash in ended:
            await self.signed_out(token_hash)
        if not room.projection.is_over:  # it may have started over meanwhile
            room.roster_version = version
            room.projection.members_changed(members)

    async def signed_out(self, token_hash: bytes) -> None:
        """Closes the sockets of a sign-in, and ends its imports of maps."""
        self.sign_ins.signed_out(token_hash)
        for room in self.open_rooms():
            room.projection.signed_out(token_hash)

    def open_room(self, campaign: CampaignId) -> Room | None:
        """If it is in memory."""
        return self._open.get(campaign)

    @property
    def is_any_in_memory(self) -> bool:
        """Also one that is being opened, or that started over and has yet to come to rest."""
        return bool(self._open or self._retiring)

    def open_rooms(self) -> list[Room]:
        """Those that are in memory."""
        return self._open.all()

    async def open_once(self, campaign: CampaignId) -> None:
        """Whoever the log says is there, and does not come back soon, has left. Raises StoreUnavailable."""
        async with self.visit(campaign):
            pass

    def take_started_over(self) -> set[CampaignId]:
        """Campaigns whose rooms have started over since the last call, and whose people may not come back."""
        started_over, self._started_over = self._started_over, set()
        return started_over

    def let_idle_rooms_go(self) -> None:
        """Those that nobody needs leave memory."""
        for room in self._open.forget_idle():
            room.stop()

    async def online(self, campaign: CampaignId) -> frozenset[UserId]:
        """Who is connected, or was a moment ago."""
        room = self.open_room(campaign)
        return room.projection.presence.announced if room is not None else await self._elsewhere(campaign)

    async def _elsewhere(self, campaign: CampaignId) -> frozenset[UserId]:
        return (await self._other_servers.elsewhere([campaign])).get(campaign, frozenset())

    async def close(self) -> None:
        """Closes all sockets with 1001, after what was taken from them is stored and answered."""
        self.is_closing = self.takes_nobody = True
        # Without a database some may never come to rest: nothing that they were asked is acknowledged then.
        with suppress(TimeoutError):
            async with asyncio.timeout(REST_SECONDS):
                await self._open.close()
                await asyncio.gather(*(room.at_rest() for room in self.open_rooms()))
        self._open.give_up()
        rooms = self.open_rooms()
        for room in rooms:
            room.stop()
        leaving = [c for room in rooms for c in room.projection.close_all(GOING_AWAY, "server shutdown")]
        await asyncio.gather(*(connection.closed() for connection in leaving))
        for room in rooms:
            self._open.forget(room)

    async def _made(self, campaign: CampaignId) -> Room:
        return await self._opener.open(campaign, self._know_members, self._failed)

    def _people_elsewhere(self, campaign: CampaignId, users: frozenset[UserId]) -> None:
        if (room := self.open_room(campaign)) is not None:
            room.projection.attendance.are_elsewhere(users)
            room.projection.flush()

    async def _know_members(self, room: Room) -> None:
        # Asked of the store, which comes back from an outage sooner than the directory.
        if (await self._standings.of(room.campaign)).roster != room.roster_version:
            await self._read_members(room)
        _check_goes_on(room)

    def _failed(self, room: Room, failure: Exception) -> None:
        if isinstance(failure, NewerEvent):
            self._open.left_to_newer.note(room.campaign, failure)
            self.start_over(room, GOING_AWAY, "a newer server goes on")
            return
        note_failure("room", failure, campaign=str(room.campaign))
        self.start_over(room)

    def start_over(self, room: Room, code: int = TRY_AGAIN, reason: str = "try again") -> None:
        """What the room knows can't be trusted any more: everybody comes back to a new one."""
        if room.projection.is_over:
            return
        self._open.forget(room)
        if code == TRY_AGAIN:
            self._started_over.add(room.campaign)
        room.projection.disband(code, reason)
        retiring = asyncio.create_task(_retire(room))
        self._retiring.add(retiring)
        retiring.add_done_callback(self._retiring.discard)


def _check_goes_on(room: Room) -> None:
    """Raises StoreUnavailable: of a room that starts over nobody can say any more that it knows its members."""
    if room.projection.is_over:
        raise StoreUnavailable("the room starts over")


async def _retire(room: Room) -> None:
    await room.at_rest()
    room.stop()
