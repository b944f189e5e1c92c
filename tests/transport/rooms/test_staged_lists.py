"""The list of staged changes of a room in which very much is staged: what is written is counted, and not the time."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest
from typing_extensions import override

from domain.memory_store import MemoryStore
from projections.people import Member
from projections.pieces import PIECE_HEXES
from projections.staged_list import wire_change
from projections.views import ANY_DM, staged_for
from tests.domain.scenario import ADA, BO, CAMPAIGN, DM
from tests.laws.fake_peers import Alone, KeptRooms, Peer, Roster, Wire
from tests.transport.event_loop.timeless import TimelessLoop, play
from transport.rooms import staged_text
from transport.rooms.registry import Rooms
from transport.rooms.room import Room
from transport.settings import Settings
from transport.wire.frames import header, message_frame

MEMBERS = {DM: Member(DM, "Dee", "dm"), ADA: Member(ADA, "Ada", "player"), BO: Member(BO, "Bo", "dm")}


class Desk:
    """Dee stages; `written` has how many hexes were written in each turn, `changes` how often each change was."""

    def __init__(self, rooms: Rooms, room: Room, roster: Roster, store: MemoryStore) -> None:
        self.rooms, self.room, self.roster, self.store = rooms, room, roster, store
        self.dee = self.sit_down()
        self.written: Counter[int] = Counter()
        self.changes: Counter[str] = Counter()
        self.joined = 0

    def sit_down(self) -> Peer:
        peer = Peer(DM)
        peer.connect(self.room, self.roster.members[DM])
        return peer

    async def give(self, **message: object) -> None:
        self.dee.give(json.dumps(message))
        await self.room.at_rest()

    async def stage(self, row: int, hexes: int, targets: object = "all") -> None:
        keys = [f"{q},{row}" for q in range(hexes)]
        await self.give(type="hex:reveal", hexKeys=keys, targets=targets)

    def list_now(self) -> dict[str, Any]:
        projection = self.room.projection
        list_id = projection.joining.list_id(self.dee.connection.viewer)
        (message,) = staged_for(ANY_DM, projection.state, projection.people(), list_id)
        frame = message_frame(message)
        assert projection.joining.staged_text.frame(projection.state.table.staged, projection.members, list_id) == frame
        return cast("dict[str, Any]", message)


def at_a_desk(monkeypatch: pytest.MonkeyPatch, evening: Callable[[Desk], Awaitable[None]]) -> None:
    async def whole() -> None:
        rooms = Rooms(store := MemoryStore(), roster := Roster(dict(MEMBERS)), KeptRooms(), Alone(), Settings())
        async with rooms.visit(CAMPAIGN) as room:
            desk = Desk(rooms, room, roster, store)
            count(monkeypatch, desk)
            await desk.give(type="broadcast:mode", mode="staged")
            await evening(desk)
        await rooms.close()

    play(whole)


def count(monkeypatch: pytest.MonkeyPatch, desk: Desk) -> None:
    def noted(waiting: Any, members: Any) -> Any:
        desk.written[cast(TimelessLoop, asyncio.get_running_loop()).turns] += waiting.change.size
        desk.changes[str(waiting.id)] += 1
        return wire_change(waiting, members)

    def noted_header(length: int) -> bytes:
        desk.joined += 1
        return header(length)

    monkeypatch.setattr(staged_text, "wire_change", noted)
    monkeypatch.setattr(staged_text, "header", noted_header)


def last_list(peer: Peer) -> dict[str, Any]:
    peer.read()
    return [message for message in peer.heard if message["type"] == "staged:changes"][-1]


def test_a_change_is_written_once_for_all_and_for_as_long_as_it_is_staged(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many look on, and whoever comes and goes; each list is put together once."""

    async def evening(desk: Desk) -> None:
        tabs = [desk.dee, *(desk.sit_down() for _ in range(8))]
        desk.joined = 0
        for row in range(20):
            await desk.stage(row, 3, {"playerIds": [ADA]} if row % 2 else "all")
            desk.sit_down().leave()
            await asyncio.sleep(1)
        assert len(desk.changes) == 20
        assert set(desk.changes.values()) == {1}
        assert desk.joined == 20
        assert all(last_list(tab) == desk.list_now() for tab in tabs)
        await desk.give(type="staged:undo", index=7)
        await asyncio.sleep(1)
        assert all(last_list(tab) == desk.list_now() for tab in tabs)
        assert len(desk.list_now()["changes"]) == 19
        assert set(desk.changes.values()) == {1}
        await desk.give(type="broadcast:publish")
        await asyncio.sleep(1)
        assert desk.list_now()["changes"] == []
        assert all(last_list(tab)["changes"] == [] for tab in tabs)
        assert desk.room.projection.joining.staged_text._changes == {}

    at_a_desk(monkeypatch, evening)


def test_new_names_are_told_without_writing_the_hexes_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the DMs who are there, and to whoever comes."""

    async def evening(desk: Desk) -> None:
        await desk.stage(0, 3, {"playerIds": [ADA]})
        await desk.stage(1, 3)
        await desk.give(type="hex:update", changes=[{"key": "1,1", "terrain": "lava"}])
        await asyncio.sleep(1)
        desk.roster.members[ADA] = Member(ADA, "Ada the Second", "player")
        desk.roster.version += 1
        desk.store.rosters[CAMPAIGN] = desk.roster.version
        await desk.rooms.members_changed(CAMPAIGN)
        told = last_list(desk.sit_down())
        assert [change["description"] for change in told["changes"]] == [
            "Reveal 3 hexes to Ada the Second",
            "Reveal 3 hexes to all players",
            "Set 1 hex to lava",
        ]
        await asyncio.sleep(1)
        assert last_list(desk.dee) == told == desk.list_now()
        assert set(desk.changes.values()) == {1}

    at_a_desk(monkeypatch, evening)


@pytest.mark.parametrize("is_resumed", [False, True])
def test_the_first_who_comes_has_it_written_in_turns(monkeypatch: pytest.MonkeyPatch, is_resumed: bool) -> None:
    """As after a start of the server, also somebody who has missed nothing."""

    async def evening(desk: Desk) -> None:
        for row in range(30):
            await desk.stage(row, 1_000)
        await asyncio.sleep(60)
        desk.dee.read()
        desk.room.projection.joining.staged_text._changes.clear()
        desk.written.clear()
        projection, peer = desk.room.projection, Peer(DM)
        peer.last_event_id = desk.dee.last_event_id if is_resumed else None
        async with projection.joining.ready_for(DM, peer.last_event_id, packs=False):
            assert projection.joining.is_ready_for(DM, peer.last_event_id)
            peer.connect(desk.room, MEMBERS[DM])
        peer.read()
        assert peer.resumed == is_resumed
        assert peer.state.staged == desk.list_now()["changes"]
        assert sum(desk.written.values()) == 30_000
        assert max(desk.written.values()) < PIECE_HEXES + 1_000

    at_a_desk(monkeypatch, evening)


class Slow(Wire):
    """A line that carries so many bytes a second."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate, self.behind, self.at = rate, 0.0, 0.0

    @override
    def write(self, data: Any) -> None:
        self.behind = self.get_write_buffer_size() + len(data)
        super().write(data)

    @override
    def get_write_buffer_size(self) -> int:
        now = asyncio.get_running_loop().time()
        self.behind, self.at = max(0.0, self.behind - (now - self.at) * self.rate), now
        return int(self.behind)


def test_lists_alone_close_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow line is sent as many as it carries, and the last one comes."""

    async def evening(desk: Desk) -> None:
        for row in range(20):
            await desk.stage(row, 1_000)
        tab = desk.sit_down()
        tab.wire = tab.connection._transport = Slow(50_000)
        for row in range(100):
            await desk.stage(100 + row, 1)
            await asyncio.sleep(0.2)
        await asyncio.sleep(300)
        assert tab.socket.code is None
        assert last_list(tab) == desk.list_now()
        lists = [message for message in tab.heard if message["type"] == "staged:changes"]
        assert 2 <= len(lists) <= 12

    at_a_desk(monkeypatch, evening)


def test_many_large_lists_that_are_due_together_are_written_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two megabytes in one, or one list."""
    turns: Counter[int] = Counter()

    class Counting(Wire):
        @override
        def write(self, data: Any) -> None:
            super().write(data)
            turns[cast(TimelessLoop, asyncio.get_running_loop()).turns] += len(data)

    async def evening(desk: Desk) -> None:
        for row in range(60):
            await desk.stage(row, 1_000)
        await asyncio.sleep(60)
        tabs = [desk.dee, *(desk.sit_down() for _ in range(8))]
        for tab in tabs:
            tab.wire = tab.connection._transport = Counting()
        await desk.stage(100, 1)
        await desk.stage(101, 1)
        turns.clear()
        await asyncio.sleep(60)
        size = len(message_frame(desk.list_now()))  # type: ignore[arg-type]
        assert sum(turns.values()) == len(tabs) * size
        assert max(turns.values()) < 2_000_000 + size
        assert all(last_list(tab) == desk.list_now() for tab in tabs)

    at_a_desk(monkeypatch, evening)
