"""What a player is told of a map that comes in, or is taken back, comes at one moment, however much others know."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import pytest
from typing_extensions import override

from domain.commands import ImportMap
from domain.events import HexesUpdated
from domain.hexes import HexKey
from domain.ids import EventId
from domain.map_parts import UnfinishedImport
from domain.memory_store import MemoryStore
from projections.room_state import RoomState
from tests.domain.scenario import ADA, BO, CAMPAIGN, DM
from tests.laws.evenings import MEMBERS
from tests.laws.fake_peers import Alone, KeptRooms, Peer, Roster, Wire, frames
from transport.accounts.authority import Actor
from transport.event_loop.weights import TURN_HEXES
from transport.history.answering import AnswersHere
from transport.history.map_imports import back_by
from transport.history.past import Past
from transport.maps.file import TILE, ReadMap
from transport.maps.parts import Importer, bring_in, take_back
from transport.rooms.registry import Rooms
from transport.settings import Settings

MANY_TILES = 2 * (TURN_HEXES // 100)
"""So many that others have their turn, several times, before all is worked out."""

HERS = ["0,0", f"{TILE * (MANY_TILES + 1)},0"]
HIS = [f"{TILE * n + q},{r}" for n in range(1, MANY_TILES + 1) for q in range(10) for r in range(10)]
NOBODYS = f"{-TILE},0"
FILE = ReadMap("0" * 64, [ImportMap([(key, "forest") for key in [NOBODYS, *HERS, *HIS]])])


class Writes(Wire):
    """What was written, each by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.each: list[bytes] = []

    @override
    def write(self, data: Any) -> None:
        self.each.append(bytes(data))


class Server:
    """Where Ada is, who knows a hex at each end of the map, and perhaps Bo, who knows all in between."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.rooms = Rooms(store, Roster(dict(MEMBERS)), KeptRooms(), Alone(), Settings())
        self.wire = Writes()

    async def __aenter__(self) -> Server:
        self._visit = self.rooms.visit(CAMPAIGN)
        self.room = await self._visit.__aenter__()
        peer = Peer(ADA)
        peer.connect(self.room, MEMBERS[ADA])
        peer.connection._transport = self.wire
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._visit.__aexit__(None, None, None)
        await self.rooms.close()

    async def hear(self) -> None:
        """What another server stored."""
        await self.room.reached((await self.store.head(CAMPAIGN)).version)

    async def reveal(self, keys: list[str], to: str) -> None:
        dee = Peer(DM)
        dee.connect(self.room, MEMBERS[DM])
        dee.give(json.dumps({"type": "hex:reveal", "hexKeys": keys, "targets": {"playerIds": [to]}}))
        await self.room.at_rest()
        dee.leave()

    async def knows(self, theirs: list[HexKey]) -> None:
        """Ada, her hexes, and Bo, his."""
        await self.reveal(HERS, ADA)
        if theirs:
            await self.reveal(theirs, BO)

    def importer(self) -> Any:
        async def ask() -> None: ...

        return self.rooms.importer(CAMPAIGN, Actor(DM, b"the hash of a cookie"), ask)

    def told(self) -> list[list[str]]:
        """The hexes that Ada was told of since, by the write that they came with, in order."""
        writes = [
            [one["key"] for message in frames(data) if message["type"] == "hex:updated" for one in message["changes"]]
            for data in self.wire.each
        ]
        self.wire.each.clear()
        return [keys for keys in writes if keys]


class Stopped(Exception):
    """The power went off."""


class OneAppend(NamedTuple):
    """An importer that ends after it."""

    importer: Importer
    version: int

    async def look(self) -> RoomState:
        return await self.importer.look()

    async def give(self, parts: Sequence[ImportMap]) -> EventId:
        if (await self.look()).version > self.version:
            raise Stopped
        return await self.importer.give(parts)


async def nothing_came(_unfinished: UnfinishedImport) -> list[HexKey]:
    return []


both = pytest.mark.parametrize("theirs", [[], HIS], ids=["alone", "beside one who knows much"])


@both
async def test_a_map_that_comes_in(theirs: list[HexKey]) -> None:
    """Both of her hexes come in one write and at one time, at the server that stores them and at another one."""
    store = MemoryStore()
    async with Server(store) as here, Server(store) as there:
        await here.knows(theirs)
        await there.hear()
        before = (await store.head(CAMPAIGN)).version
        assert (here.told(), there.told()) == ([], [])
        async with here.importer() as importer:
            await bring_in(importer, FILE, nothing_came)
        await there.hear()
        await there.room.at_rest()
        assert (here.told(), there.told()) == ([HERS], [HERS])
        came = [event async for events in store.read(CAMPAIGN, before) for event in events]
        hers = [
            event.timestamp
            for event in came
            if isinstance(event, HexesUpdated) and any(key in HERS for key, _ in event.changes)
        ]
        assert (len(hers), len(set(hers))) == (2, 1)


@both
async def test_a_map_that_is_taken_back(theirs: list[HexKey]) -> None:
    """Likewise."""
    store = MemoryStore()
    async with Server(store) as here, here.importer() as importer:
        await here.knows(theirs)
        version = here.room.projection.state.version
        with pytest.raises(Stopped):
            await bring_in(OneAppend(importer, version), FILE, nothing_came)
        assert here.told() == [HERS]
        (unfinished,) = here.room.projection.state.table.imports
        history = AnswersHere(Past(store, KeptRooms()), cast("Any", None), cast("Any", None))
        assert await take_back(importer, unfinished.id, back_by(history, CAMPAIGN)) == len(HERS) + len(theirs)
        assert here.told() == [HERS]
