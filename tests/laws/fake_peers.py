"""People at the real rooms, without sockets: what is written is kept, frame by frame."""

from __future__ import annotations

import asyncio
import json
import struct
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, cast
from uuid import UUID

from aiohttp import web
from typing_extensions import override

from domain.ids import CampaignId, UserId
from domain.store import StoreUnavailable
from projections import snapshots
from projections.people import Member, Role
from projections.room_state import RoomState
from projections.turns import at_once
from projections.viewer_state import ViewerState
from transport.cluster.lease import Lease, clock
from transport.cluster.membership import ClusterMembership
from transport.rooms import windows_codec
from transport.rooms.command import PendingCommand
from transport.rooms.connection import Connection
from transport.rooms.loading import NOW, Snapshot
from transport.rooms.room import Room

NEVER = 1e9
"""Seconds: longer than any test."""


class Wire(asyncio.Transport):
    """A client that reads at once."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()

    @override
    def write(self, data: Any) -> None:
        self.written += data

    @override
    def get_write_buffer_size(self) -> int:
        return 0

    @override
    def is_closing(self) -> bool:
        return False

    @override
    def abort(self) -> None: ...


class Socket:
    """Only remembers with which code it was closed."""

    def __init__(self) -> None:
        self.code: int | None = None

    async def close(self, *, code: int, message: bytes) -> None:  # noqa: ARG002 - the socket's own signature
        self.code = code


def frames(data: bytes) -> Iterator[dict[str, Any]]:
    """The messages in a run of unmasked text frames."""
    at = 0
    while at < len(data):
        length, at = data[at + 1], at + 2
        if length == 126:
            (length,), at = struct.unpack_from("!H", data, at), at + 2
        elif length == 127:
            (length,), at = struct.unpack_from("!Q", data, at), at + 8
        yield json.loads(data[at : at + length])
        at += length


@dataclass(eq=False)  # two tabs that know the same are two
class Peer:
    """One tab of one person: folds what it gets, and remembers the last event it saw."""

    user: UserId
    state: ViewerState = field(default_factory=ViewerState)
    heard: list[dict[str, Any]] = field(default_factory=list)
    last_event_id: str | None = None
    resumed: bool = False

    def connect(self, room: Room, member: Member) -> None:
        """Joins, resuming from the last event it saw."""
        self.wire, self.socket, self.room = Wire(), Socket(), room
        self.connection = Connection(
            member,
            cast("web.WebSocketResponse", self.socket),
            self.wire,
            backlog_limit=1 << 20,
            token_hash=b"",
        )
        room.projection.joining.join(self.connection, self.last_event_id)

    def give(self, text: str) -> None:
        """What the WebSocket handler does with a frame."""
        heard = self.connection.conversation.hear(text)
        if isinstance(heard, dict):
            self.connection.say(heard)
            self.connection.flush()
            return
        self.connection.unanswered += 1
        reply = partial(self.connection.answer, heard.id, 1)
        pending = PendingCommand(
            heard,
            self.user,
            reply,
            heard.id,
            visible_since=self.connection.visible_since,
            sender=self.connection,
        )
        self.room.submit(pending)

    def read(self) -> None:
        """Takes in what was written since."""
        for message in frames(bytes(self.wire.written)):
            self.heard.append(message)
            self.resumed = message["resumed"] if message["type"] == "connected" else self.resumed
            # An ack may name an event of long ago, when the command was one that was sent again.
            if message["type"] == "session:state":
                self.last_event_id = message.get("eventId")
            elif message["type"] != "ack":
                self.last_event_id = message.get("eventId") or self.last_event_id
            self.state.apply(message)  # type: ignore[arg-type]
        self.wire.written.clear()

    def leave(self) -> None:
        """The tab is closed."""
        self.room.projection.leave(self.connection)


@dataclass
class Roster:
    """The directory of people, as rooms see it."""

    members: dict[UserId, Member]
    is_reachable: bool = True
    version: int = 0
    ended: list[bytes] = field(default_factory=list)

    async def roster(self, campaign: CampaignId) -> dict[UserId, Member]:  # noqa: ARG002 - there is one campaign
        if not self.is_reachable:
            raise StoreUnavailable
        return dict(self.members)

    async def roster_versions(self, campaigns: Sequence[CampaignId]) -> dict[CampaignId, int]:
        if not self.is_reachable:
            raise StoreUnavailable
        return dict.fromkeys(campaigns, self.version)

    async def ended_sign_ins(self, token_hashes: Sequence[bytes]) -> list[bytes]:
        return [one for one in token_hashes if one in self.ended]

    async def campaign_name(self, campaign: CampaignId) -> str:  # noqa: ARG002 - as above
        return "Fog"

    def change_role(self, user: UserId, role: Role, head: int = 0) -> None:
        """`head` is the version that the stream has then."""
        self.members[user] = replace(self.members[user], role=role, visible_since=head)
        self.version += 1


class Alone(ClusterMembership):
    """The membership of a server that shares its database with no other."""

    def __init__(self) -> None:
        super().__init__("postgresql:///never-opened", Lease(NEVER))
        self.lease.extend(clock())

    @override
    def look(self, *campaigns: CampaignId) -> None:
        for campaign in campaigns:
            asyncio.get_running_loop().call_soon(self._seen, campaign, frozenset())

    @override
    async def left_behind(self, after: UUID, most: int) -> tuple[list[CampaignId], UUID | None]:
        return [], None


@dataclass
class KeptRooms:
    """Snapshots in memory, as the bytes that they become: of each version the state, and the windows if it is whole."""

    rooms: defaultdict[CampaignId, dict[int, tuple[bytes, bytes | None]]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    async def newest(self, campaign: CampaignId, up_to: int = NOW) -> RoomState | None:
        versions = [version for version in self.rooms[campaign] if version <= up_to]
        return snapshots.decode(self.rooms[campaign][max(versions)][0]) if versions else None

    async def newest_whole(self, campaign: CampaignId) -> Snapshot | None:
        whole = [
            (state, windows) for _, (state, windows) in sorted(self.rooms[campaign].items()) if windows is not None
        ]
        if not whole:
            return None
        state, windows = whole[-1]
        return Snapshot(snapshots.decode(state), at_once(windows_codec.decoding(windows)))

    async def keep(self, campaign: CampaignId, room: RoomState) -> None:
        self.rooms[campaign].setdefault(room.version, (snapshots.encode(room), None))

    async def keep_next(self, campaign: CampaignId, room: Snapshot, last: int) -> int:
        newest = max((n for n, (_, windows) in self.rooms[campaign].items() if windows is not None), default=0)
        if newest <= last:
            windows = at_once(windows_codec.encoding(room.windows))
            self.rooms[campaign][room.state.version] = (snapshots.encode(room.state), windows)
            return room.state.version
        return newest
