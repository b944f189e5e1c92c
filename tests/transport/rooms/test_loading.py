"""Opening rooms with a long past."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any
from uuid import UUID, uuid4

import pytest
from immutables import Map
from typing_extensions import override

import transport.cluster.reconcile
from domain.aggregate import CommandMetadata, SessionAggregate
from domain.decide import CommandContext
from domain.events import Event
from domain.ids import CampaignId
from domain.memory_store import MemoryStore
from domain.postgres import PostgresStore
from domain.store import StoreUnavailable, UnreadableEvent
from projections import snapshots
from projections.people import Member
from projections.room_state import RoomState
from projections.shown_hexes import ShownHexes
from tests.domain.scenario import ADA, CAMPAIGN, DM, NOW, reveal, update
from tests.laws.fake_peers import Alone, KeptRooms, Roster
from transport.cluster.left_behind import LeftBehind
from transport.cluster.reconcile import Upkeep
from transport.database import connection_pool
from transport.history import Past
from transport.rooms.loading import Snapshot, load_room
from transport.rooms.registry import Rooms
from transport.rooms.snapshot_store import SnapshotStore
from transport.rooms.told import Told
from transport.rooms.windows import KeptWindows
from transport.settings import Settings

MEMBERS = {DM: Member(DM, "Dee", "dm"), ADA: Member(ADA, "Ada", "player")}
WINDOW = 1_000
SNAPSHOT_AT = 1_012
"""The first version at which one is worth it: the stream sets 300 hexes."""


class CountingStore(MemoryStore):
    """Counts what is read from it."""

    events_read = 0

    @override
    async def read(self, campaign: CampaignId, after: int = 0, up_to: int | None = None) -> AsyncIterator[list[Event]]:
        async for events in super().read(campaign, after, up_to):
            self.events_read += len(events)
            yield events


def many(length: int) -> list[Event]:
    """That many reveals and updates."""
    aggregate, events = SessionAggregate.at(CAMPAIGN), list[Event]()
    context = CommandContext(players={ADA})
    for n in range(length):
        command = reveal(f"{n % 500},{n // 500}", to=[ADA]) if n % 2 else update(**{f"q{n % 300}r1": "forest"})
        events += aggregate.handle(command, context, CommandMetadata(DM, NOW, uuid4))
    return events


async def a_long_stream(length: int) -> CountingStore:
    """A campaign with that many reveals and updates."""
    store = CountingStore()
    await store.append(many(length))
    return store


async def test_a_snapshot_spares_the_replay() -> None:
    """With one kept, opening reads what came after, and gives the same room with the same windows."""
    store, kept, events = CountingStore(), KeptRooms(), many(WINDOW + 700)
    await store.append(events[:1_200])
    early = await load_room(CAMPAIGN, store, kept, MEMBERS, WINDOW)
    await kept.keep_next(CAMPAIGN, Snapshot(early.state, early.windows.kept()), 0)
    await store.append(events[1_200:])
    whole = await load_room(CAMPAIGN, store, KeptRooms(), MEMBERS, WINDOW)
    store.events_read = 0
    loaded = await load_room(CAMPAIGN, store, kept, MEMBERS, WINDOW)
    assert store.events_read == 500
    assert (loaded.kept, whole.kept) == (1_200, 0)
    assert loaded.state == whole.state
    assert loaded.windows.kept() == whole.windows.kept()
    told = loaded.windows.kept()
    # The DM was told of each event, Ada of each reveal, and what was set is where no player has been.
    assert (len(told.dms), len(told.players), len(told.named[ADA])) == (WINDOW, 0, 850)


async def test_a_state_of_the_past_opens_no_room() -> None:
    """Somebody who looks back leaves states that know nothing of what was told: rooms are not opened from them."""
    store, kept = await a_long_stream(700), KeptRooms()
    before = await load_room(CAMPAIGN, store, kept, MEMBERS, WINDOW)
    past = Past(store, kept)
    for version in (300, 699, 700):
        await kept.keep(CAMPAIGN, await past.room_at(CAMPAIGN, version))
    loaded = await load_room(CAMPAIGN, store, kept, MEMBERS, WINDOW)
    assert (loaded.state, loaded.windows.kept(), loaded.kept) == (before.state, before.windows.kept(), 0)


@pytest.mark.parametrize("length", [300, 500, 700])
async def test_a_snapshot_of_another_past_opens_no_room(length: int) -> None:
    """A log that was put back, and has perhaps grown again with other events, is the truth all the same."""
    kept, before, now = KeptRooms(), await a_long_stream(500), await a_long_stream(length)
    gone = await load_room(CAMPAIGN, before, kept, MEMBERS, WINDOW)
    await kept.keep_next(CAMPAIGN, Snapshot(gone.state, gone.windows.kept()), 0)
    assert (await load_room(CAMPAIGN, before, kept, MEMBERS, WINDOW)).kept == 500
    loaded = await load_room(CAMPAIGN, now, kept, MEMBERS, WINDOW)
    expected = await load_room(CAMPAIGN, now, KeptRooms(), MEMBERS, WINDOW)
    assert (loaded.state, loaded.windows.kept(), loaded.kept) == (expected.state, expected.windows.kept(), 0)


async def test_open_rooms_keep_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    """A room that has grown is kept while it is open, as it is then."""
    monkeypatch.setattr(transport.cluster.reconcile, "FOLLOW_SECONDS", 0.01)
    store, kept = await a_long_stream(SNAPSHOT_AT), KeptRooms()
    settings = Settings(resume_events=WINDOW, leave_grace_seconds=0)
    roster = Roster({DM: Member(DM, "Dee", "dm")})
    rooms = Rooms(store, roster, kept, Alone(), settings)
    tending = asyncio.create_task(Upkeep(rooms, store, roster, kept, Alone()).run())
    async with rooms.visit(CAMPAIGN) as room, asyncio.timeout(10):
        while not kept.rooms[CAMPAIGN]:  # noqa: ASYNC110 - the snapshot comes by itself
            await asyncio.sleep(0.01)
    assert list(kept.rooms[CAMPAIGN]) == [SNAPSHOT_AT]
    assert await kept.newest_whole(CAMPAIGN) == room.projection.snapshot()
    tending.cancel()
    await rooms.close()


async def test_idle_rooms_leave_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody there, nothing waiting: the next one to come reads it from the log again."""
    monkeypatch.setattr(transport.cluster.reconcile, "FOLLOW_SECONDS", 0.01)
    store = await a_long_stream(10)
    rooms = Rooms(store, Roster({}), KeptRooms(), Alone(), Settings())
    tending = asyncio.create_task(Upkeep(rooms, store, Roster({}), KeptRooms(), Alone()).run())
    async with rooms.visit(CAMPAIGN) as first:
        await asyncio.sleep(0.05)
        async with rooms.visit(CAMPAIGN) as same:
            assert same is first
    await asyncio.sleep(0.05)
    async with rooms.visit(CAMPAIGN) as second:
        assert second is not first
    tending.cancel()
    await rooms.close()


async def test_a_room_that_can_not_be_read_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """The upkeep goes on: what others wrote still reaches the rooms that can be read."""
    monkeypatch.setattr(transport.cluster.reconcile, "FOLLOW_SECONDS", 0.01)
    unreadable = CampaignId(uuid4())

    class Damaged(CountingStore):
        @override
        async def read(
            self, campaign: CampaignId, after: int = 0, up_to: int | None = None
        ) -> AsyncIterator[list[Event]]:
            if campaign == unreadable:
                raise UnreadableEvent("damaged")
            async for events in super().read(campaign, after, up_to):
                yield events

    store = Damaged()
    rooms = Rooms(store, Roster({}), KeptRooms(), Alone(), Settings())
    upkeep = Upkeep(rooms, store, Roster({}), KeptRooms(), Alone())
    tending = asyncio.create_task(upkeep.run())
    with pytest.raises(UnreadableEvent):
        await rooms.open_once(unreadable)
    async with rooms.visit(CAMPAIGN) as room, asyncio.timeout(10):
        aggregate = SessionAggregate.at(CAMPAIGN)
        await store.append(aggregate.handle(reveal("1,1"), CommandContext(players=()), CommandMetadata(DM, NOW, uuid4)))
        while room.projection.state.version == 0:  # noqa: ASYNC110 - it comes by itself
            await asyncio.sleep(0.01)
    tending.cancel()
    await rooms.close()


async def test_a_room_whose_session_runs_is_opened_when_it_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever the log says is there has left: that a database was busy must not keep it from being recorded."""
    monkeypatch.setattr("transport.cluster.left_behind.RETRY_SECONDS", 0.01)
    opened = asyncio.Event()

    class BusyAtFirst(KeptRooms):
        @override
        async def newest_whole(self, campaign: CampaignId) -> Snapshot | None:
            if not self.rooms[CAMPAIGN]:
                self.rooms[CAMPAIGN][0] = (b"", None)
                raise StoreUnavailable
            opened.set()
            return None

    store = await a_long_stream(10)
    rooms = Rooms(store, Roster({}), BusyAtFirst(), Alone(), Settings())

    class SomebodyIsLeft(Alone):
        @override
        async def left_behind(self, after: UUID, most: int) -> tuple[list[CampaignId], UUID | None]:
            return [CAMPAIGN], None

    tending = asyncio.create_task(LeftBehind(rooms, SomebodyIsLeft()).run())
    async with asyncio.timeout(10):
        await opened.wait()
    tending.cancel()
    await rooms.close()


@pytest.mark.parametrize("failure", [RuntimeError("a fault of ours"), StoreUnavailable("it is too large")])
async def test_a_snapshot_that_fails_stops_no_other(failure: Exception) -> None:
    """Each room is kept for itself."""
    faulty, asked = CampaignId(uuid4()), list[CampaignId]()

    class Faulty(KeptRooms):
        @override
        async def keep_next(self, campaign: CampaignId, room: Snapshot, last: int) -> int:
            asked.append(campaign)
            if campaign == faulty:
                raise failure
            return await super().keep_next(campaign, room, last)

    store, kept = await a_long_stream(SNAPSHOT_AT), Faulty()
    await store.append([event.model_copy(update={"originator_id": faulty}) for event in many(SNAPSHOT_AT)])
    rooms = Rooms(store, Roster(dict(MEMBERS)), kept, Alone(), Settings())
    async with rooms.visit(faulty), rooms.visit(CAMPAIGN):
        await Upkeep(rooms, store, Roster(dict(MEMBERS)), kept, Alone())._keep_snapshots()
    assert asked == [faulty, CAMPAIGN]
    assert list(kept.rooms[CAMPAIGN]) == [SNAPSHOT_AT]
    await rooms.close()


async def test_snapshots_in_postgres(database: str) -> None:
    """The newest up to a version is found; those of another shape are not read, and are gone after a day."""
    room = (await load_room(CAMPAIGN, await a_long_stream(50), KeptRooms(), MEMBERS, WINDOW)).state
    older = (await load_room(CAMPAIGN, await a_long_stream(20), KeptRooms(), MEMBERS, WINDOW)).state
    async with connection_pool(database) as pool:
        kept = SnapshotStore(pool)
        assert await kept.newest(CAMPAIGN) is None
        await kept.keep(CAMPAIGN, room)
        await kept.keep(CAMPAIGN, older)
        assert await kept.newest(CAMPAIGN) == room
        assert [await kept.newest(CAMPAIGN, up_to=version) for version in (19, 20, 49)] == [None, older, older]
        await _change_shape(pool)
        assert await kept.newest(CAMPAIGN) is None
        await kept.keep(CAMPAIGN, older)
        assert await kept.newest(CAMPAIGN) == older
        assert await _versions(pool) == [20, 50]
        await _age(pool)
        await kept.keep(CAMPAIGN, older)
        assert await _versions(pool) == [20]


async def test_whole_snapshots_in_postgres(database: str) -> None:
    """Rooms are opened from the newest whole one, whatever states of the past lie beside it, and only it is whole."""
    store = await a_long_stream(50)
    snapshots_of = {}
    for version in (20, 30, 50):
        part = CountingStore()
        await part.append([event async for batch in store.read(CAMPAIGN, up_to=version) for event in batch])
        loaded = await load_room(CAMPAIGN, part, KeptRooms(), MEMBERS, WINDOW)
        snapshots_of[version] = Snapshot(loaded.state, loaded.windows.kept())
    async with connection_pool(database) as pool:
        kept = SnapshotStore(pool)
        await kept.keep(CAMPAIGN, snapshots_of[20].state)
        await kept.keep(CAMPAIGN, snapshots_of[50].state)
        assert await kept.newest_whole(CAMPAIGN) is None
        # Looking back has left states: that of the room's own version becomes whole.
        assert await kept.keep_next(CAMPAIGN, snapshots_of[20], 0) == 20
        assert await kept.newest_whole(CAMPAIGN) == snapshots_of[20]
        assert await kept.keep_next(CAMPAIGN, snapshots_of[30], 20) == 30
        assert await kept.newest_whole(CAMPAIGN) == snapshots_of[30]
        await kept.keep(CAMPAIGN, snapshots_of[30].state)
        assert await kept.newest_whole(CAMPAIGN) == snapshots_of[30]
        assert await kept.newest(CAMPAIGN) == snapshots_of[50].state
        assert await _versions(pool, "windows is not null") == [30]
        assert await _versions(pool) == [20, 30, 50]
        loaded = await load_room(CAMPAIGN, store, kept, MEMBERS, WINDOW)
        assert (loaded.kept, Snapshot(loaded.state, loaded.windows.kept())) == (30, snapshots_of[50])
        await _change_shape(pool)
        assert await kept.newest_whole(CAMPAIGN) is None
        assert await kept.keep_next(CAMPAIGN, snapshots_of[30], 0) == 30
        assert await kept.newest_whole(CAMPAIGN) == snapshots_of[30]


async def test_nothing_narrows_what_can_be_resumed(database: str) -> None:
    """Neither a snapshot, nor looking back, nor that a room leaves memory, nor a restart, in whichever order."""
    async with connection_pool(database) as pool, PostgresStore(database) as store:
        await store.append(many(WINDOW + 300))
        kept, roster = SnapshotStore(pool), Roster(dict(MEMBERS))
        past = Past(store, kept)

        async def looking_back() -> None:
            for version in (WINDOW // 2, WINDOW + 100, WINDOW + 300):
                await kept.keep(CAMPAIGN, await past.room_at(CAMPAIGN, version, is_asked_often=True))

        for step in (looking_back, None, looking_back, None, None):
            rooms = Rooms(store, roster, kept, Alone(), Settings(resume_events=WINDOW, leave_grace_seconds=0))
            upkeep = Upkeep(rooms, store, roster, kept, Alone())
            for _ in range(2):
                async with rooms.visit(CAMPAIGN) as room:
                    told = room.projection.snapshot().windows
                    assert (len(told.dms), len(told.named[ADA])) == (WINDOW, WINDOW // 2 + 150)
                    await upkeep._keep_snapshots()
                if step is not None:
                    await step()
                rooms.let_idle_rooms_go()
                assert rooms.open_room(CAMPAIGN) is None
            await rooms.close()
        assert await _versions(pool, "windows is not null") == [WINDOW + 300]
        assert await _versions(pool, "windows is null")


async def test_a_great_room_takes_many_short_turns(database: str) -> None:
    """Whatever is written or read of it: the others have a turn after each part."""
    keys = [f"{n // 300},{n % 300}" for n in range(20_000)]
    room = RoomState(
        version=9,
        terrain=Map(dict.fromkeys(keys, "forest")),
        knowers=Map(dict.fromkeys(keys, frozenset({ADA}))),
        shown=ShownHexes().with_more([(frozenset({ADA}), keys)]),
        variants=Map(dict.fromkeys(keys, 4)),
        singled_out=frozenset({ADA}),
    )
    told = [Told(f"e{n}", n, b"\x81\x02{}" * 4_000, 1) for n in range(50)]
    windows = KeptWindows(told[20:], told[:20], {ADA: told[10:40]})
    async with connection_pool(database) as pool:
        kept = SnapshotStore(pool)
        for work in (
            kept.keep(CAMPAIGN, room),
            kept.keep_next(CAMPAIGN, Snapshot(room, windows), 0),
            kept.newest(CAMPAIGN),
            kept.newest_whole(CAMPAIGN),
        ):
            assert await _turns_beside(work) > 3 * len(keys) // snapshots.PART_HEXES
        found = await kept.newest_whole(CAMPAIGN)
    assert found is not None
    assert found.state == room
    assert [list(events) for events in (found.windows.dms, found.windows.players, found.windows.named[ADA])] == [
        told[20:],
        told[:20],
        told[10:40],
    ]


async def _turns_beside(work: Coroutine[Any, Any, object]) -> int:
    """How often others had a turn meanwhile."""
    turns = 0
    task = asyncio.ensure_future(work)
    while not task.done():
        turns += 1
        await asyncio.sleep(0)
    await task
    return turns


async def _versions(pool: Any, which: str = "true") -> list[int]:
    async with pool.connection() as connection:
        cursor = await connection.execute(f"select version from public.keyframe where {which} order by version")
        return [version for (version,) in await cursor.fetchall()]


async def _age(pool: Any) -> None:
    async with pool.connection() as connection:
        await connection.execute("update public.keyframe set taken_at = now() - interval '2 days'")


async def _change_shape(pool: Any) -> None:
    async with pool.connection() as connection:
        await connection.execute("update public.keyframe set shape = 'another'")
