"""A room that leaves memory takes its map along, and shows nobody an empty one."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator, Sequence
from typing import Any
from weakref import WeakSet, ref

import pytest
from typing_extensions import override

from domain.commands import ImportMap
from domain.events import Event, HexesUpdated
from domain.memory_store import MemoryStore
from domain.store import EngineError, StoreUnavailable
from projections.people import Viewer
from tests.domain.scenario import ADA, CAMPAIGN, DM
from tests.laws.fake_peers import Alone, KeptRooms, Peer, Roster
from tests.transport.rooms.test_failures import REVEAL, a_table, given
from transport.accounts.authority import Actor
from transport.cluster import reconcile
from transport.cluster.reconcile import Upkeep
from transport.rooms.command import Outcome, PendingCommand
from transport.rooms.registry import Rooms
from transport.rooms.room import Room

START: dict[str, object] = {"type": "session:start"}
STAGE: dict[str, object] = {"type": "dm:set-broadcast-mode", "mode": "staged"}
TURNS = 100
"""Of the loop, in which each thing is freed that is to be."""


@pytest.fixture
def _no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def nobody() -> None: ...


async def with_a_map(rooms: Rooms, *peers: Peer) -> Room:
    """The room, with something of everything that may be large; the peers have left it."""
    async with rooms.visit(CAMPAIGN) as room:
        done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        part = ImportMap([("1,1", "forest"), ("2,2", "hill")], [("1,1", "old")])
        room.submit(PendingCommand(part, DM, done.set_result))
        await done
        named: dict[str, object] = {**REVEAL, "targets": [ADA]}
        await given(rooms, peers[0], START, named, STAGE, {**REVEAL, "hexKeys": ["2,2"]})
        await rooms.map(CAMPAIGN, Viewer(ADA, "player"))
        for peer in peers:
            peer.leave()
    return room


def large_things(room: Room) -> WeakSet[object]:
    """Those of a room that may be, as long as somebody holds them."""
    state = room.projection.state
    assert state.terrain
    assert state.variants
    assert state.knowers
    maps = state.terrain, state.variants, state.knowers
    return WeakSet([*maps, room.projection.joining, room.projection._windows])


@pytest.mark.usefixtures("_no_collector")
async def test_its_map_is_freed_at_once() -> None:
    """Python's collector would free it in one pass, in which nobody is answered; and it comes when it comes."""
    rooms, dm, ada = await a_table(MemoryStore())
    room = await with_a_map(rooms, dm, ada)
    left = large_things(room)
    rooms.start_over(room)
    before = len(left)
    for _ in range(TURNS):
        await asyncio.sleep(0)
        assert len(left) >= before - 1, "more than one in a turn"
        before = len(left)
    assert not left


@pytest.mark.usefixtures("_no_collector")
async def test_its_task_is_freed_too() -> None:
    """It knows where it was cancelled, and so the room."""
    rooms, dm, ada = await a_table(MemoryStore())
    room = await with_a_map(rooms, dm, ada)
    task = ref(next(task for task in asyncio.all_tasks() if task.get_name() == f"room {CAMPAIGN}"))
    rooms.start_over(room)
    for _ in range(TURNS):
        await asyncio.sleep(0)
    assert task() is None


async def test_whoever_holds_it_is_told_to_come_again() -> None:
    """The room that everybody comes back to is another one, and knows all."""
    rooms, dm, ada = await a_table(MemoryStore())
    async with rooms.importer(CAMPAIGN, Actor(DM, b""), nobody) as importer:
        before = await importer.look()
        rooms.start_over(await with_a_map(rooms, dm, ada))
        for _ in range(TURNS):
            with pytest.raises(StoreUnavailable):
                await importer.give([ImportMap([("3,3", "lake")])])
            await asyncio.sleep(0)
        with pytest.raises(StoreUnavailable):
            await importer.look()
    async with rooms.visit(CAMPAIGN) as again:
        assert again.projection.state.version > before.version
        assert again.projection.state.terrain["1,1"] == "forest"


async def test_one_that_stopped_takes_nothing_more() -> None:
    """Nobody waits for its answer for ever."""
    rooms, dm, ada = await a_table(MemoryStore())
    room = await with_a_map(rooms, dm, ada)
    room.stop()
    room.stop()
    answers: list[Outcome] = []
    room.submit(PendingCommand(ImportMap([("3,3", "lake")]), DM, answers.append))
    assert isinstance(answers[0], StoreUnavailable)


async def test_whoever_waits_for_a_room_that_stops_gets_an_answer() -> None:
    """Also to a command that is being carried out, of which nobody can say any more what becomes of it."""

    class Slow(MemoryStore):
        @override
        async def append(self, events: Sequence[Event], *rest: Any) -> None:
            if any(isinstance(event, HexesUpdated) for event in events):
                await asyncio.Event().wait()
            await super().append(events, *rest)

    rooms, *_ = await a_table(Slow())
    async with rooms.visit(CAMPAIGN) as room:
        outcomes: list[Outcome] = []
        for _ in range(2):
            room.submit(PendingCommand(ImportMap([("3,3", "lake")]), DM, outcomes.append))
            await asyncio.sleep(0)
        room.submit(PendingCommand(ImportMap([("4,4", "lake")]), DM, outcomes.append))
        room.stop()
        for _ in range(TURNS):
            await asyncio.sleep(0)
    assert [type(outcome) for outcome in outcomes] == [EngineError, StoreUnavailable, StoreUnavailable]


async def test_a_server_that_ends_opens_no_room() -> None:
    """Nobody would close it, nor those who come to it."""
    rooms, *_ = await a_table(MemoryStore())
    await rooms.close()
    with pytest.raises(StoreUnavailable):
        async with rooms.visit(CAMPAIGN):
            pass
    assert not rooms.is_any_in_memory
    assert rooms.takes_nobody, "nor does it let anybody into one that was being opened"


async def test_python_looks_at_everything_when_nobody_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once after the last room has left memory, and never while there is one: it might have a large map."""
    passes: list[int] = []
    rooms, dm, ada = await a_table(MemoryStore())
    monkeypatch.setattr(reconcile, "collect_all", lambda: passes.append(len(rooms.open_rooms())))
    upkeep = Upkeep(rooms, MemoryStore(), Roster({}), KeptRooms(), Alone())
    for _ in range(2):
        upkeep._tidy_up()
        room = await with_a_map(rooms, dm, ada)
        upkeep._tidy_up()
        assert not passes
    rooms.start_over(room)
    upkeep._tidy_up()
    assert not passes, "it has yet to come to rest"
    for _ in range(TURNS):
        await asyncio.sleep(0)
    for _ in range(4):
        upkeep._tidy_up()
    assert passes == [0]
