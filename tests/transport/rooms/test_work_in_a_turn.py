"""What one turn of the event loop has to do, counted, at a table where very many players were named by reveals.

A unit of work is a hex that is looked at for a view, somebody who comes to know a hex, a view that remembers an event,
or a connection that is told of one.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest

from domain.commands import ImportMap
from domain.hexes import MAX_HEXES
from domain.ids import UserId
from domain.memory_store import MemoryStore
from projections import room_state
from projections.people import Member
from projections.views import pushes
from tests.domain.scenario import CAMPAIGN, DM
from tests.laws.fake_peers import Alone, KeptRooms, Peer, Roster
from transport.accounts.authority import Actor
from transport.event_loop.weights import TURN_HEXES
from transport.maps.file import TILE, ReadMap
from transport.maps.parts import bring_in
from transport.rooms.connection import Connection
from transport.rooms.loading import load_room
from transport.rooms.registry import Rooms
from transport.rooms.room import Room
from transport.rooms.window import Window
from transport.settings import Settings

NAMED = 150
PLAYERS = [UserId(f"00000000-0000-4000-8000-{number:012}") for number in range(100, 100 + NAMED)]
MEMBERS = {DM: Member(DM, "Dee", "dm"), **{user: Member(user, "Somebody", "player") for user in PLAYERS}}

MOST = 4 * TURN_HEXES
"""In a turn: an ordinary hex is looked at for DMs and for players, and a turn ends when it has been enough."""

ROW = [f"{q},0" for q in range(500)]
FIELD = [f"{q},{r}" for q in range(100) for r in range(1, 76)]
TILES = [f"{TILE * n},{TILE * m}" for n in range(20) for m in range(20)]


class Work:
    """`most` is what was done of it in one turn of the loop so far."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.most = self._now = 0
        self._loop = threading.get_ident()
        self._count(monkeypatch, pushes, "knows", lambda *_: 1)
        self._count(monkeypatch, room_state, "widened", lambda _, named: len(named or ()))
        self._count(monkeypatch, Window, "append", lambda *_: 1)
        self._count(monkeypatch, Connection, "queue", lambda *_: 1)

    def _count(self, monkeypatch: pytest.MonkeyPatch, of: Any, name: str, work: Callable[..., int]) -> None:
        function = getattr(of, name)

        def counted(*arguments: Any) -> Any:
            if threading.get_ident() == self._loop:
                self._now += work(*arguments)
            return function(*arguments)

        monkeypatch.setattr(of, name, counted)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Counts turn by turn while the block runs."""
        self.most = self._now = 0
        watching = asyncio.create_task(self._watch())
        await asyncio.sleep(0)
        try:
            yield
        finally:
            await asyncio.sleep(0)
            watching.cancel()

    async def _watch(self) -> None:
        while True:
            self.most, self._now = max(self.most, self._now), 0
            await asyncio.sleep(0)


class Table:
    def __init__(self, rooms: Rooms, room: Room, store: MemoryStore) -> None:
        self.rooms, self.room, self.store = rooms, room, store
        self._dee = Peer(DM)
        self._dee.connect(room, MEMBERS[DM])

    async def give(self, *messages: Mapping[str, object]) -> None:
        """Together."""
        for message in messages:
            self._dee.give(json.dumps(message))
        await self.room.at_rest()
        self._dee.read()
        assert [heard for heard in self._dee.heard if heard["type"] == "error"] == []

    async def show(self, keys: list[str], to: list[UserId]) -> None:
        """To those players, by name."""
        for n in range(0, len(to), 100):
            await self.give(reveal(keys, to[n : n + 100]))

    async def show_differently(self, keys: list[str]) -> None:
        """To some of the players each, so that no two hexes are known to the same ones."""
        chance = Random(1)
        for user in PLAYERS[:60]:
            await self.show(sorted(chance.sample(keys, len(keys) // 2)), [user])

    async def import_map(self, keys: list[str]) -> None:
        async def allowed() -> None: ...

        async with self.rooms.importer(CAMPAIGN, Actor(DM, b"the hash of a cookie"), allowed) as importer:
            await bring_in(importer, ReadMap("0" * 64, [ImportMap([(key, "forest") for key in keys])]), _nothing_came)


async def _nothing_came(_unfinished: object) -> list[str]:
    return []


def reveal(keys: list[str], to: list[UserId] | None = None) -> dict[str, object]:
    return {"type": "hex:reveal", "hexKeys": keys, "targets": "all" if to is None else {"playerIds": to}}


def update(keys: list[str]) -> dict[str, object]:
    return {"type": "hex:update", "changes": [{"key": key, "terrain": "forest"} for key in keys]}


STAGED = {"type": "broadcast:mode", "mode": "staged"}
PUBLISH = {"type": "broadcast:publish"}


@pytest.fixture
async def table() -> AsyncIterator[Table]:
    store = MemoryStore()
    rooms = Rooms(store, Roster(dict(MEMBERS)), KeptRooms(), Alone(), Settings())
    async with rooms.visit(CAMPAIGN) as room:
        yield Table(rooms, room, store)
    await rooms.close()


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    return Work(monkeypatch)


async def test_what_many_know_differently(table: Table, work: Work) -> None:
    """An update of it has a view for each, and a reveal makes new knowers of each hex: few hexes are much work."""
    await table.show_differently(ROW)
    for message in (update(ROW), reveal(ROW, PLAYERS[:100])):
        async with work.watched():
            await table.give(message)
        assert work.most < MOST


async def test_a_publish_for_many(table: Table, work: Work) -> None:
    """A hex in each change, and a hundred people named in each."""
    await table.show_differently(ROW)
    await table.give(STAGED)
    for key in ROW[:200]:
        await table.give(reveal([key], PLAYERS[50:150]))
    async with work.watched():
        await table.give(PUBLISH)
    assert work.most < MOST


async def test_an_update_of_two_events(table: Table, work: Work) -> None:
    """All of it happens with the last one, which may be small by itself. The first one is no work at all."""
    await table.give(reveal(FIELD))
    async with work.watched():
        await table.give(update(FIELD))
    assert len(FIELD) == MAX_HEXES + TURN_HEXES
    assert work.most < MOST


async def test_many_small_events(table: Table, work: Work) -> None:
    """Each is remembered for everybody who was ever named, and told to everybody who is here."""
    await table.show(ROW[:1], PLAYERS)
    for user in PLAYERS:
        Peer(user).connect(table.room, MEMBERS[user])
    await table.room.at_rest()
    async with work.watched():
        await table.give(*[{"type": "session:start"}, {"type": "session:end"}] * 50)
    assert work.most < MOST


async def test_a_map_of_many_tiles(table: Table, work: Work) -> None:
    """What hundreds of parts come to is put together for each view before it is told, in one turn, to all."""
    await table.show(TILES, PLAYERS)
    for user in PLAYERS[:50]:
        Peer(user).connect(table.room, MEMBERS[user])
    await table.room.at_rest()
    async with work.watched():
        await table.import_map(TILES)
    assert table.room.projection.state.version > len(TILES)
    assert work.most < MOST


async def test_a_room_that_is_opened(table: Table, work: Work) -> None:
    """From its log: nothing of it is more in a turn than when it happened, and it comes to the same."""
    await table.show_differently(ROW)
    await table.show(TILES[:100], PLAYERS)
    await table.give(update(ROW), update(FIELD), *[update(ROW[:1])] * 100)
    await table.import_map(TILES[:100])
    async with work.watched():
        loaded = await load_room(CAMPAIGN, table.store, KeptRooms(), MEMBERS, Settings().resume_events)
    assert work.most < MOST
    there = table.room.projection.snapshot()
    assert (loaded.state, loaded.windows.kept()) == (there.state, there.windows)
