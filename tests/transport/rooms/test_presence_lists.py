"""What the list of people costs: bytes a second, and work in one turn of the loop, however many come and go.

Time is the loop's own and moves only when nothing else is to be done, so that each run counts the same.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pytest
from typing_extensions import override

from domain.ids import UserId
from domain.memory_store import MemoryStore
from projections.people import Member
from projections.viewer_state import ViewerState
from tests.domain.scenario import CAMPAIGN, DM
from tests.laws.fake_peers import Alone, KeptRooms, Peer, Roster, Wire, frames
from tests.transport.event_loop.timeless import TimelessLoop, play
from transport.rooms import presence_lists
from transport.rooms.connection import Connection
from transport.rooms.people_text import presence_list
from transport.rooms.presence_lists import CONNECTION_BYTES, ROOM_BYTES, TURN_BYTES, TURN_LISTS
from transport.rooms.registry import Rooms
from transport.settings import Settings
from transport.wire.json import wire_json


class Crowded:
    """A room with many members, of whom some come."""

    def __init__(self, members: int, name: str = "Somebody") -> None:
        self.users = [UserId(f"00000000-0000-4000-8000-{number:012}") for number in range(100, 100 + members)]
        people = [Member(DM, "Dee", "dm"), *(Member(user, name, "player") for user in self.users)]
        self.roster = Roster({member.user_id: member for member in people})
        self.rooms = Rooms(MemoryStore(), self.roster, KeptRooms(), Alone(), Settings(leave_grace_seconds=0.1))
        self.lists: defaultdict[Connection, list[tuple[float, int, int]]] = defaultdict(list)
        """Of each connection the time, the turn and the size of every list that it was sent after the first state."""

    async def come(self, user: UserId) -> Peer:
        async with self.rooms.visit(CAMPAIGN) as room:
            peer = Peer(user)
            peer.connect(room, self.roster.members[user])
            peer.read()
            peer.wire = peer.connection._transport = self._counting(peer.connection)
            return peer

    def _counting(self, connection: Connection) -> Wire:
        noted, loop = self.lists[connection], cast(TimelessLoop, asyncio.get_running_loop())

        class Counting(Wire):
            @override
            def write(self, data: Any) -> None:
                super().write(data)
                for message in frames(data):
                    if message["type"] == "player:presence":
                        noted.append((loop.time(), loop.turns, len(wire_json(message))))

        return Counting()

    async def members_change(self, members: Mapping[UserId, Member]) -> None:
        self.roster.members = dict(members)
        self.roster.version += 1
        await self.rooms.members_changed(CAMPAIGN)


@pytest.mark.parametrize(("members", "here"), [(30, 30), (400, 400), (4_000, 16)])
def test_who_comes_and_goes_costs_no_more_bytes_than_a_connection_can_bear(members: int, here: int) -> None:
    """Neither a connection nor all together are sent lists at more than their rate, and everybody has the last."""

    async def evening() -> None:
        crowd = Crowded(members)
        peers = [await crowd.come(user) for user in crowd.users[:here]]
        for _ in range(3):
            for peer in peers[:: max(1, here // 20)]:
                peer.leave()
                await asyncio.sleep(0.15)
                peers.remove(peer)
                peers.append(await crowd.come(peer.user))
        seconds = asyncio.get_running_loop().time()
        await asyncio.sleep(3_600)
        largest = max(size for lists in crowd.lists.values() for _, _, size in lists)
        for lists in crowd.lists.values():
            while_busy = sum(size for at, _, size in lists if at <= seconds)
            assert while_busy <= seconds * CONNECTION_BYTES + largest
        in_all = sum(size for lists in crowd.lists.values() for at, _, size in lists if at <= seconds)
        assert in_all <= seconds * ROOM_BYTES + largest
        async with crowd.rooms.visit(CAMPAIGN) as room:
            online = room.projection.presence.announced
        assert len(online) == here
        for peer in peers:
            peer.read()
            assert {user for user, person in peer.state.people.items() if person["online"]} == online

    play(evening)


def test_who_comes_is_not_sent_at_once_what_the_state_has_told() -> None:
    """The list of 4,000 people is due twenty seconds later, to whoever was there as to whoever came."""

    async def evening() -> None:
        crowd = Crowded(4_000)
        there = await crowd.come(DM)
        await asyncio.sleep(60)
        before = len(crowd.lists[there.connection])
        came = await crowd.come(crowd.users[0])
        await asyncio.sleep(1)
        assert (len(crowd.lists[there.connection]) - before, len(crowd.lists[came.connection])) == (1, 0)
        await asyncio.sleep(60)
        assert (len(crowd.lists[there.connection]) - before, len(crowd.lists[came.connection])) == (1, 1)
        await asyncio.sleep(3_600)
        assert len(crowd.lists[came.connection]) == 1

    play(evening)


@pytest.mark.parametrize(("members", "name"), [(300, "Bo"), (2_000, "B" * 60)])
def test_a_list_for_a_crowd_is_written_in_turns(members: int, name: str) -> None:
    """Neither the sockets that are written to in one turn nor the bytes grow with the crowd."""

    async def evening() -> None:
        crowd = Crowded(members, name)
        for user in crowd.users[:300]:
            await crowd.come(user)
        await asyncio.sleep(3_600)
        crowd.lists.clear()
        peers = [await crowd.come(user) for user in crowd.users[:300]]  # a second tab each: nobody comes
        await asyncio.sleep(3_600)
        member = crowd.roster.members[DM]
        await crowd.members_change({**crowd.roster.members, DM: replace(member, name="Deirdre")})
        await asyncio.sleep(3_600)
        turns: Counter[int] = Counter()
        sizes: Counter[int] = Counter()
        for peer in peers:
            [(_, turn, size)] = crowd.lists[peer.connection]
            turns[turn] += 1
            sizes[turn] += size
        assert max(turns.values()) <= TURN_LISTS
        assert all(count == 1 or sizes[turn] <= TURN_BYTES for turn, count in turns.items())

    play(evening)


def test_a_list_is_encoded_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over all the turns in which it is sent, as long as it stays the same."""
    encoded = Counter[str]()

    def counted(people: Any) -> bytes:
        encoded["player:presence"] += 1
        return presence_list(people)

    async def evening() -> None:
        crowd = Crowded(300)
        for user in crowd.users:
            await crowd.come(user)
        await asyncio.sleep(3_600)
        monkeypatch.setattr(presence_lists, "presence_list", counted)
        await crowd.members_change({**crowd.roster.members, DM: Member(DM, "Deirdre", "dm")})
        await asyncio.sleep(3_600)
        assert encoded == {"player:presence": 1}

    play(evening)


def test_what_came_meanwhile_is_in_the_list() -> None:
    """A list that waits for its turn never takes back what a smaller message has told."""

    async def evening() -> None:
        crowd = Crowded(1_000)
        peers = [await crowd.come(user) for user in crowd.users[:200]]
        for user in crowd.users[200:260]:
            await crowd.come(user)
            await asyncio.sleep(0.02)
            for peer in peers:
                peer.read()
        await asyncio.sleep(0.1)  # to a crowd some arrivals are told together
        async with crowd.rooms.visit(CAMPAIGN) as room:
            for peer in peers:
                peer.read()
                known = {user for user, person in peer.state.people.items() if person["online"]}
                assert known == room.projection.presence.announced

    play(evening)


def test_a_new_member_is_known_before_the_list_comes() -> None:
    """With name and role, as the list will have it."""

    async def evening() -> None:
        crowd = Crowded(4_000)
        there = await crowd.come(DM)
        await asyncio.sleep(60)
        await crowd.come(crowd.users[0])  # the list is sent now, and not again for a while
        new = Member(UserId("00000000-0000-4000-8000-000000000009"), "Nova", "dm")
        await crowd.members_change({**crowd.roster.members, new.user_id: new})
        await crowd.come(new.user_id)
        await asyncio.sleep(0.1)
        there.read()
        told: ViewerState = there.state
        assert told.people[new.user_id] == {"userId": new.user_id, "name": "Nova", "online": True, "role": "dm"}

    play(evening)
