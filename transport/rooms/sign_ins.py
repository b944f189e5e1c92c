"""Sign-ins that end: who was looked up before must not come in, nor go on, after it."""

from __future__ import annotations

from collections.abc import Mapping

from domain.ids import UserId
from projections.people import Member
from transport.rooms.map_importer import MapSender
from transport.rooms.ports import Campaigns
from transport.rooms.room import Room

REMEMBERED = 10_000
"""More than can be revoked while somebody comes in."""


class SignIns:
    """Of those who are connected to the rooms of this server, or import a map into one."""

    def __init__(self, campaigns: Campaigns) -> None:
        self._campaigns = campaigns
        self._revoked: dict[bytes, None] = {}
        self.map_senders: set[MapSender] = set()

    def signed_out(self, token_hash: bytes) -> None:
        """To be called before the open sockets are looked through. Ends imports, and is remembered for a while."""
        self._revoked[token_hash] = None
        if len(self._revoked) > REMEMBERED:
            del self._revoked[next(iter(self._revoked))]
        for sender in self.map_senders:
            if sender.token_hash == token_hash:
                sender.may_command = False

    def was_signed_out(self, token_hash: bytes) -> bool:
        """Whether the sign-in was revoked a moment ago."""
        return token_hash in self._revoked

    async def ended(self, room: Room, members: Mapping[UserId, Member]) -> list[bytes]:
        """Of those who are DMs by these members, also if they came while it was asked. Raises StoreUnavailable.

        Their sign-outs count as changes of the members; somebody who becomes one may have signed out as a player.
        """
        dms = {user for user, member in members.items() if member.role == "dm"}
        asked: set[bytes] = set()
        ended: list[bytes] = []
        while unasked := self._of(room, dms) - asked:
            ended += await self._campaigns.ended_sign_ins(list(unasked))
            asked |= unasked
        return ended

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

    def _of(self, room: Room, dms: set[UserId]) -> set[bytes]:
        here = {one.token_hash for one in room.projection.subscribers if one.viewer.user_id in dms}
        return here | {one.token_hash for one in self.map_senders if one.campaign == room.campaign}
