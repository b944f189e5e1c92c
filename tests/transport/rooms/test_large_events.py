"""A large event is worked out beside the loop: the tables in play go on, and everybody is told the same as ever."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from domain.commands import ImportMap
from domain.hexes import HexKey
from domain.map_parts import UnfinishedImport
from domain.memory_store import MemoryStore
from projections.people import Member, Role
from projections.views import state_for
from tests.domain.scenario import ADA, BO, CAMPAIGN, DM
from tests.laws.fake_peers import Alone, KeptRooms, Peer, Roster
from transport.accounts.authority import Actor
from transport.event_loop.weights import TURN_HEXES
from transport.maps.file import TILE, ReadMap
from transport.maps.parts import bring_in
from transport.rooms import told_run
from transport.rooms.registry import Rooms
from transport.rooms.room import Room
from transport.settings import Settings

MEMBERS = {DM: Member(DM, "Dee", "dm"), ADA: Member(ADA, "Ada", "player"), BO: Member(BO, "Bo", "player")}


class Table:
    """Dee and Ada are here; the first large event is worked out when it may be."""

    def __init__(self, rooms: Rooms, room: Room, roster: Roster, store: MemoryStore) -> None:
        self.rooms, self.room, self.roster, self.store = rooms, room, roster, store
        self.dee, self.ada, self.bo = Peer(DM), Peer(ADA), Peer(BO)
        self.began, self.may_go_on = threading.Event(), threading.Event()
        self.threads: list[int] = []
        worked_out: Callable[..., Any] = told_run.worked_out

        def held(*arguments: Any) -> Any:
            if threading.get_ident() != threading.main_thread().ident:
                self.threads.append(threading.get_ident())
                self.began.set()
                self.may_go_on.wait(30)
            return worked_out(*arguments)

        self.held = held

    async def give(self, *messages: dict[str, object]) -> None:
        for message in messages:
            self.dee.give(json.dumps(message))
            await self.room.at_rest()

    async def publish_much(self, *also: dict[str, object]) -> None:
        """Returns when it is being worked out."""
        await self.give({"type": "broadcast:mode", "mode": "staged"})
        for row in range(2):
            keys = [f"{q},{row}" for q in range(TURN_HEXES)]
            await self.give({"type": "hex:reveal", "hexKeys": keys, "targets": "all"})
        await self.give(*also)
        self.dee.give(json.dumps({"type": "broadcast:publish", "id": "p"}))
        await asyncio.to_thread(self.began.wait, 30)

    async def import_map(self, keys: list[HexKey]) -> None:
        async def allowed() -> None: ...

        async def nothing_came(_unfinished: UnfinishedImport) -> list[HexKey]:
            return []

        async with self.rooms.importer(CAMPAIGN, Actor(DM, b"the hash of a cookie"), allowed) as importer:
            file = ReadMap("0" * 64, [ImportMap([(key, "forest") for key in keys])])
            await bring_in(importer, file, nothing_came)

    async def make(self, role: Role) -> None:
        """Of Bo, who comes."""
        self.roster.members[BO] = Member(BO, "Bo", role)
        self.roster.version += 1
        self.store.rosters[CAMPAIGN] = self.roster.version
        await self.rooms.members_changed(CAMPAIGN, self.roster.version)
        if role == "player":
            self.bo.connect(self.room, self.roster.members[BO])

    async def go_on(self) -> None:
        self.may_go_on.set()
        await self.room.at_rest()

    def knows_all(self, peer: Peer) -> bool:
        """Whether what was told adds up to what this one may know."""
        peer.read()
        viewer = peer.connection.viewer
        state = state_for(viewer, self.room.projection.state, self.room.projection.people())
        return peer.state.revealed == set(state["revealedHexes"]) and len(peer.state.revealed) == 2 * TURN_HEXES


@pytest.fixture
async def table(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Table]:
    roster = Roster(dict(MEMBERS))
    store = MemoryStore()
    rooms = Rooms(store, roster, KeptRooms(), Alone(), Settings())
    async with rooms.visit(CAMPAIGN) as room:
        made = Table(rooms, room, roster, store)
        monkeypatch.setattr(told_run, "worked_out", made.held)
        for peer in (made.dee, made.ada):
            peer.connect(room, MEMBERS[peer.user])
        await room.at_rest()
        yield made
    await rooms.close()


async def test_who_comes_meanwhile_misses_nothing(table: Table) -> None:
    """Nor is anything told twice: Bo gets the state of before, and then the event."""
    await table.publish_much()
    table.bo.connect(table.room, MEMBERS[BO])
    table.bo.read()
    assert table.bo.state.revealed == set()
    await table.go_on()
    assert [table.knows_all(peer) for peer in (table.dee, table.ada, table.bo)] == [True] * 3
    assert [message["type"] for message in table.bo.heard].count("hex:revealed") == 1
    assert len(table.threads) == 1


async def test_who_becomes_a_dm_meanwhile_is_told_as_one(table: Table) -> None:
    """That was worked out anyway."""
    await table.publish_much()
    await table.make("dm")
    table.bo.connect(table.room, table.roster.members[BO])
    await table.go_on()
    assert [table.knows_all(peer) for peer in (table.dee, table.ada, table.bo)] == [True] * 3
    assert len(table.threads) == 1


async def test_who_becomes_a_player_meanwhile_is_thought_of(table: Table) -> None:
    """What he is told apart from the others is worked out when all the rest is done, and nothing else once more."""
    await table.give({"type": "hex:update", "changes": [{"key": "0,0", "terrain": "ice"}]})
    await table.give({"type": "hex:reveal", "hexKeys": ["9,9"], "targets": {"playerIds": [BO]}})
    await table.make("dm")
    await table.publish_much({"type": "hex:update", "changes": [{"key": "9,9", "terrain": "lava"}]})
    await table.make("player")
    await table.go_on()
    table.bo.read()
    assert table.bo.state.terrain["9,9"] == "lava"
    assert "9,9" in table.bo.state.revealed
    assert [table.knows_all(peer) for peer in (table.dee, table.ada)] == [False, True]
    assert len(table.threads) == 1


async def test_who_becomes_a_player_while_a_map_comes_in(table: Table) -> None:
    """He is told all of its parts, once, and can go on from there."""
    at = ["0,0", f"{TILE},0", f"{2 * TILE},0"]
    await table.give({"type": "hex:reveal", "hexKeys": at, "targets": {"playerIds": [ADA, BO]}})
    await table.give({"type": "hex:reveal", "hexKeys": at[1:2], "targets": "all"})
    await table.make("dm")
    coming_in = asyncio.create_task(table.import_map(at))
    await asyncio.to_thread(table.began.wait, 30)
    await table.make("player")
    await table.go_on()
    await coming_in
    for peer in (table.ada, table.bo):
        peer.read()
        assert peer.state.terrain == dict.fromkeys(at, "forest")
        assert [message["type"] for message in peer.heard].count("hex:updated") == len(at)
        peer.leave()
        peer.connect(table.room, MEMBERS[peer.user])
        peer.read()
        assert peer.resumed
        assert peer.state.terrain == dict.fromkeys(at, "forest")


async def test_who_is_removed_meanwhile_is_told_nothing(table: Table) -> None:
    """Their connection is closed before the event is there."""
    await table.publish_much()
    del table.roster.members[ADA]
    table.roster.version += 1
    await table.rooms.members_changed(CAMPAIGN, table.roster.version)
    await table.go_on()
    table.ada.read()
    assert table.ada.socket.code == 4003
    assert "hex:revealed" not in {message["type"] for message in table.ada.heard}
    assert table.knows_all(table.dee)


async def test_small_events_are_taken_in_where_they_are(table: Table) -> None:
    """A thread would cost more than they do. What is larger has one."""
    table.may_go_on.set()
    for hexes, threads in ((TURN_HEXES, 0), (TURN_HEXES + 1, 1)):
        keys = [f"{q},0" for q in range(hexes)]
        await table.give({"type": "hex:reveal", "hexKeys": keys, "targets": "all"})
        assert len(table.threads) == threads
