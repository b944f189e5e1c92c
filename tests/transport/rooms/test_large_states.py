"""A large map is written before it is due, a piece in a turn of the loop, once for all who come, and nothing is missed.

Turns and pieces are counted, and not seconds: a piece takes a millisecond or two on any machine that is not overloaded.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from itertools import chain
from typing import Any, cast

import pytest

from domain.ids import UserId
from domain.memory_store import MemoryStore
from projections.people import Member, Viewer
from projections.pieces import PIECE_HEXES
from projections.viewer_state import ViewerState
from projections.views import ANY_DM, ANY_PLAYER, knowledge, state_for
from projections.views import map as view_of_map
from projections.views import state as view_of_state
from tests.domain.scenario import ADA, BO, CAMPAIGN, DM
from tests.laws.fake_peers import Alone, KeptRooms, Peer, Roster
from tests.transport.event_loop.timeless import TimelessLoop, play
from transport.event_loop.weights import TURN_HEXES
from transport.rooms import large_state
from transport.rooms.registry import Rooms
from transport.rooms.room import Room
from transport.settings import Settings

HEXES = 20_000
MEMBERS = {DM: Member(DM, "Dee", "dm"), ADA: Member(ADA, "Ada", "player"), BO: Member(BO, "Bo", "player")}


class Table:
    """Dee knows how to reveal; `hexes` counts what is looked at in each turn of the loop, `made` for whom."""

    def __init__(self, room: Room, rooms: Rooms, roster: Roster, store: MemoryStore) -> None:
        self.room, self.rooms, self.roster, self.store = room, rooms, roster, store
        self.dee = Peer(DM)
        self.dee.connect(room, MEMBERS[DM])
        self.hexes: Counter[int] = Counter()
        self.made: list[Viewer] = []

    async def give(self, **message: object) -> None:
        self.dee.give(json.dumps(message))
        await self.room.at_rest()

    async def reveal(self, row: int, hexes: int = 1, targets: object = "all") -> None:
        keys = [f"{q},{row}" for q in range(hexes)]
        await self.give(type="hex:reveal", hexKeys=keys, targets=targets)

    async def come(self, user: UserId, peer: Peer | None = None, *, packs: bool = False) -> Peer:
        """As a socket does."""
        peer = peer or Peer(user)
        projection = self.room.projection
        async with projection.joining.ready_for(user, peer.last_event_id, packs=packs):
            assert projection.joining.is_ready_for(user, peer.last_event_id)
            peer.connect(self.room, self.roster.members[user])
        return peer

    async def change_role(self, user: UserId, role: Any) -> None:
        self.roster.change_role(user, role, self.room.projection.state.version)
        self.store.rosters[CAMPAIGN] = self.roster.version
        await self.rooms.members_changed(CAMPAIGN)

    def knows_all(self, peer: Peer) -> bool:
        """Whether what was told adds up to what this one may know; who is here comes a little later."""
        peer.read()
        projection = self.room.projection
        expected = ViewerState.of(state_for(peer.connection.viewer, projection.state, projection.people()))
        expected.people = peer.state.people
        return peer.state == expected


def at_a_large_table(
    monkeypatch: pytest.MonkeyPatch, evening: Callable[[Table], Awaitable[None]], hexes: int = HEXES
) -> None:
    """Of so many hexes, all of them known to all."""

    async def whole() -> None:
        rooms = Rooms(store := MemoryStore(), roster := Roster(dict(MEMBERS)), KeptRooms(), Alone(), Settings())
        async with rooms.visit(CAMPAIGN) as room:
            table = Table(room, rooms, roster, store)
            for row in range(hexes // 2_000):
                await table.reveal(row, 2_000)
            count(monkeypatch, table)
            await evening(table)
        await rooms.close()

    play(whole)


def count(monkeypatch: pytest.MonkeyPatch, table: Table) -> None:
    loop = cast(TimelessLoop, asyncio.get_running_loop())
    terrain_of, map_hex, known_hexes = knowledge.terrain_of, view_of_map._map_hex, view_of_state.known_hexes

    def counted_terrain(keys: Any, room: Any) -> Any:
        table.hexes[loop.turns] += len(keys)
        return terrain_of(keys, room)

    def counted_hex(key: Any, room: Any) -> Any:
        table.hexes[loop.turns] += 1
        return map_hex(key, room)

    def noted(viewer: Viewer, *more: Any) -> Any:
        table.made.append(viewer)
        return known_hexes(viewer, *more)

    monkeypatch.setattr(view_of_state, "terrain_of", counted_terrain)
    monkeypatch.setattr(view_of_map, "_map_hex", counted_hex)
    monkeypatch.setattr(large_state, "known_hexes", noted)


def test_a_state_is_written_in_turns_and_once_for_a_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes at the same time shares it, and no turn has more than a piece of it."""

    async def evening(table: Table) -> None:
        peers = await asyncio.gather(*(table.come(user) for user in [DM, ADA, BO] * 5))
        assert max(table.hexes.values()) <= PIECE_HEXES
        assert sum(table.hexes.values()) == 2 * HEXES
        assert Counter(table.made) == {ANY_DM: 1, ANY_PLAYER: 1}
        assert all(table.knows_all(peer) for peer in peers)

    at_a_large_table(monkeypatch, evening)


def test_a_map_is_written_in_turns_and_once_for_all_who_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many players as ask for it at the same time; the DM has another one."""

    async def evening(table: Table) -> None:
        viewers = [Viewer(DM, "dm"), Viewer(ADA, "player"), Viewer(BO, "player")]
        maps = await asyncio.gather(*(table.rooms.map(CAMPAIGN, viewer) for viewer in viewers * 4))
        assert max(table.hexes.values()) <= PIECE_HEXES
        assert sum(table.hexes.values()) == 2 * HEXES
        expected = [json.dumps(view_of_map.map_for(viewer, table.room.projection.state, "Fog")) for viewer in viewers]
        assert [json.dumps(json.loads(one)) for one in maps] == expected * 4

    at_a_large_table(monkeypatch, evening)


def test_the_keys_are_sorted_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each turn ends after a piece, also of what is sorted before the first hex is written."""

    async def evening(table: Table) -> None:
        before = cast(TimelessLoop, asyncio.get_running_loop()).turns
        await table.come(ADA)
        turns = cast(TimelessLoop, asyncio.get_running_loop()).turns - before
        # Found, divided, sorted, named and written.
        assert turns >= 4.5 * HEXES / PIECE_HEXES

    at_a_large_table(monkeypatch, evening)


async def _much(table: Table) -> None:
    await table.reveal(100, 3)
    await table.give(type="hex:update", changes=[{"key": "0,0", "terrain": "swamp"}])
    await table.give(type="session:start")
    await table.give(type="broadcast:mode", mode="staged")
    await table.reveal(101, 2)
    await table.give(type="broadcast:publish")
    await table.reveal(102, 1)


@pytest.mark.parametrize("user", [DM, ADA])
def test_what_happens_meanwhile_is_told_after_it(monkeypatch: pytest.MonkeyPatch, user: UserId) -> None:
    """The state is that of before, and with what follows it is that of now; also for whoever comes a moment later."""

    async def evening(table: Table) -> None:
        coming = asyncio.create_task(table.come(user))
        await asyncio.sleep(0)
        await _much(table)
        assert not coming.done(), "the test is to be about what happens meanwhile"
        first, second = await coming, await table.come(user)
        assert len(table.made) == 1
        assert table.knows_all(first)
        assert table.knows_all(second)
        state = next(message for message in first.heard if message["type"] == "session:state")
        assert f"{0},{100}" not in state["revealedHexes"]
        first.leave()
        await _much(table)
        assert (await table.come(user, first)).connection is not None
        first.read()
        assert first.resumed
        assert table.knows_all(first)

    at_a_large_table(monkeypatch, evening)


def test_who_resumes_from_the_state_itself_misses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its place to resume from is that of then, and not that of what came after it."""

    async def evening(table: Table) -> None:
        coming = asyncio.create_task(table.come(ADA))
        await asyncio.sleep(0)
        await _much(table)
        ada = await coming
        ada.read()
        cut = next(number for number, message in enumerate(ada.heard) if message["type"] == "session:state") + 1
        torn = Peer(ADA, ViewerState(), last_event_id=ada.heard[cut - 1]["eventId"])
        for message in ada.heard[:cut]:
            torn.state.apply(message)  # type: ignore[arg-type]
        await table.come(ADA, torn)
        torn.read()
        assert torn.resumed
        assert table.knows_all(torn)

    at_a_large_table(monkeypatch, evening)


def test_of_whom_another_state_is_due_by_then_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ada is named for the first time, so that from now on she may see other things: she has to come again."""

    async def evening(table: Table) -> None:
        projection = table.room.projection
        async with projection.joining.ready_for(ADA, None, packs=False):
            assert projection.joining.is_ready_for(ADA, None)
            await table.reveal(200, targets={"playerIds": [ADA]})
            assert not projection.joining.is_ready_for(ADA, None)
        assert table.knows_all(await table.come(ADA))
        async with projection.joining.ready_for(BO, None, packs=False):
            await table.change_role(BO, "dm")
            assert not projection.joining.is_ready_for(BO, None)
        assert table.knows_all(await table.come(BO))

    at_a_large_table(monkeypatch, evening)


def test_a_state_after_which_very_much_was_told_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told after it never grows beyond a bound."""
    monkeypatch.setattr(large_state, "MOST_SINCE", 2_000)

    async def evening(table: Table) -> None:
        projection = table.room.projection
        async with projection.joining.ready_for(ADA, None, packs=False):
            await table.reveal(100, 10)
            assert projection.joining.is_ready_for(ADA, None)
            await table.reveal(101, 100)
            assert not projection.joining.is_ready_for(ADA, None)
        assert table.knows_all(await table.come(ADA))
        assert len(table.made) == 2

    at_a_large_table(monkeypatch, evening)


def test_after_a_moment_the_memory_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the next one who comes has it made anew."""

    async def evening(table: Table) -> None:
        await table.come(ADA)
        await asyncio.sleep(60)
        assert table.room.projection.joining.states._large == {}
        await table.come(BO)
        assert len(table.made) == 2

    at_a_large_table(monkeypatch, evening)


def test_who_gives_up_takes_it_from_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that is gone before its state was made."""

    async def evening(table: Table) -> None:
        coming = [asyncio.create_task(table.come(ADA)) for _ in range(3)]
        await asyncio.sleep(0)
        coming[0].cancel()
        peers = await asyncio.gather(*coming[1:])
        assert all(table.knows_all(peer) for peer in peers)
        assert len(table.made) == 1

    at_a_large_table(monkeypatch, evening)


@pytest.mark.parametrize("role", ["dm", "player"])
def test_a_new_role_begins_with_a_state_that_was_written_in_turns(monkeypatch: pytest.MonkeyPatch, role: str) -> None:
    """Until it is there the connection is told nothing, then all of it, and what happened meanwhile."""

    async def evening(table: Table) -> None:
        if role == "player":
            await table.change_role(BO, "dm")
        bo = await table.come(BO)
        bo.read()
        bo.heard.clear()
        table.hexes.clear()
        await table.change_role(BO, role)
        await _much(table)
        bo.read()
        assert not {"hex:revealed", "hex:updated", "session:state"} & {message["type"] for message in bo.heard}
        await asyncio.sleep(5)
        bo.read()
        told = [message["type"] for message in bo.heard if not message["type"].startswith("player:")]
        assert told[:2] == ["connected", "session:state"]
        assert max(table.hexes.values()) <= PIECE_HEXES
        await table.reveal(103)
        assert table.knows_all(bo)

    at_a_large_table(monkeypatch, evening)


def test_a_role_that_is_taken_back_at_once_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The large state of a DM is still to be made, and the small one of the player takes its place."""

    async def evening(table: Table) -> None:
        for row in range(10):
            await table.reveal(row, 2_000, {"playerIds": [ADA]})
        await table.reveal(10)
        bo = await table.come(BO)
        bo.read()
        bo.heard.clear()
        await table.change_role(BO, "dm")
        await table.change_role(BO, "player")
        await table.reveal(11)
        await asyncio.sleep(5)
        bo.read()
        told = [message["type"] for message in bo.heard if not message["type"].startswith("player:")]
        assert told == ["connected", "session:state", "dm:preparing"]
        assert table.knows_all(bo)

    at_a_large_table(monkeypatch, evening, hexes=0)


def test_who_is_removed_before_the_new_role_begins_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As everybody who is removed."""

    async def evening(table: Table) -> None:
        bo = await table.come(BO)
        await table.change_role(BO, "dm")
        del table.roster.members[BO]
        table.roster.version += 1
        table.store.rosters[CAMPAIGN] = table.roster.version
        await table.rooms.members_changed(CAMPAIGN)
        await asyncio.sleep(5)
        assert bo.socket.code == 4003
        assert bo.connection not in list(table.room.projection.subscribers)

    at_a_large_table(monkeypatch, evening)


async def test_a_small_map_is_not_made_before() -> None:
    """It is written as fast as it is looked up."""
    rooms = Rooms(store := MemoryStore(), roster := Roster(dict(MEMBERS)), KeptRooms(), Alone(), Settings())
    async with rooms.visit(CAMPAIGN) as room, AsyncExitStack() as ready:
        table = Table(room, rooms, roster, store)
        await table.reveal(0, TURN_HEXES)
        await ready.enter_async_context(room.projection.joining.ready_for(ADA, None, packs=True))
        assert room.projection.joining.is_ready_for(ADA, None)
        assert room.projection.joining.states._large == {}
        await table.reveal(1)
        assert not room.projection.joining.is_ready_for(ADA, None), "by now it is large"
    await rooms.close()


@pytest.mark.parametrize("user", [DM, ADA])
async def test_a_large_state_is_packed(user: UserId) -> None:
    """It says the same in far fewer bytes, and goes only to those who can read it."""
    rooms = Rooms(store := MemoryStore(), roster := Roster(dict(MEMBERS)), KeptRooms(), Alone(), Settings())
    async with rooms.visit(CAMPAIGN) as room:
        table = Table(room, rooms, roster, store)
        for row in range(5):
            await table.reveal(row, 4_000)
        projection, member = room.projection, MEMBERS[user]
        async with projection.joining.ready_for(user, None, packs=True):
            state = projection.joining.states.large(member, projection.state)
            assert state is not None
            viewer = Viewer(user, member.role)
            plain = b"".join(chain(*state.frame(viewer, projection.people(), "e1", reads_packed=False)))
            small = b"".join(chain(*state.frame(viewer, projection.people(), "e1", reads_packed=True)))
        expected = {**state_for(viewer, projection.state, projection.people()), "eventId": "e1"}
        assert plain[0] == 0x81
        assert json.loads(plain[10:]) == expected
        assert small[0] == 0xC1, "final, compressed, text"
        start = 10 if small[1] == 127 else 4
        assert json.loads(zlib.decompressobj(-15).decompress(small[start:] + b"\x00\x00\xff\xff")) == expected
        assert len(small) < len(plain) / 4
    await rooms.close()


@pytest.mark.parametrize("user", [DM, ADA])
def test_lists_without_hexes_are_in_a_large_state_too(monkeypatch: pytest.MonkeyPatch, user: UserId) -> None:
    """Of a large map of which nothing is known yet."""

    async def evening(table: Table) -> None:
        for row in range(2):
            changes = [{"key": f"{q},{row}", "terrain": "ice"} for q in range(2_000)]
            await table.give(type="hex:update", changes=changes)
        peer = await table.come(user)
        assert table.knows_all(peer)
        (state,) = (message for message in peer.heard if message["type"] == "session:state")
        assert state["revealedHexes"] == []
        assert state.get("reveals") == ([] if user == DM else None)

    at_a_large_table(monkeypatch, evening, hexes=0)
