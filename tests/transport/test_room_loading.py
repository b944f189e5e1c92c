"""Opening rooms with a long past."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from typing_extensions import override

import transport.nodes.upkeep
from domain.aggregate import Occasion, SessionAggregate
from domain.decide import Surroundings
from domain.events import Event
from domain.ids import CampaignId
from domain.memory_store import MemoryStore
from domain.store import UnreadableEvent
from projections import snapshots
from projections.people import Member
from projections.room_state import replay
from tests.domain.scenario import ADA, CAMPAIGN, DM, NOW, reveal, update
from tests.laws.fake_peers import Alone, KeptRooms, Roster
from transport.directory import connection_pool
from transport.nodes.upkeep import Upkeep
from transport.room_loading import load_room
from transport.rooms import Rooms
from transport.settings import Settings
from transport.snapshot_store import SnapshotStore

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


async def a_long_stream(length: int) -> CountingStore:
    """A campaign with that many reveals and updates."""
    store, aggregate = CountingStore(), SessionAggregate.at(CAMPAIGN)
    around = Surroundings(players={ADA})
    events: list[Event] = []
    for n in range(length):
        command = reveal(f"{n % 500},{n // 500}", to=[ADA]) if n % 2 else update(**{f"q{n % 300}r1": "forest"})
        events += aggregate.handle(command, around, Occasion(DM, NOW, uuid4))
    await store.append(events)
    return store


async def test_a_snapshot_spares_the_replay() -> None:
    """With one kept, opening reads the resume window and what came after, and gives the same room."""
    store, kept = await a_long_stream(SNAPSHOT_AT + WINDOW + 500), KeptRooms()
    whole = await load_room(CAMPAIGN, store, kept, WINDOW)
    await kept.keep(CAMPAIGN, snapshots.decode(snapshots.encode(whole.window.steps[0].before)))
    store.events_read = 0
    loaded = await load_room(CAMPAIGN, store, kept, WINDOW)
    assert (
        loaded.state
        == whole.state
        == replay([step.event for step in loaded.window.steps], loaded.window.steps[0].before)
    )
    assert store.events_read == WINDOW
    assert len(loaded.window.steps) == WINDOW
    assert [step.event for step in loaded.window.steps] == [step.event for step in whole.window.steps]


async def test_open_rooms_keep_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    """A room that has grown is kept while it is open, with its resume window still to be read from the log."""
    monkeypatch.setattr(transport.nodes.upkeep, "FOLLOW_SECONDS", 0.01)
    store, kept = await a_long_stream(SNAPSHOT_AT + WINDOW), KeptRooms()
    settings = Settings(resume_events=WINDOW, leave_grace_seconds=0)
    roster = Roster({DM: Member(DM, "Dee", "dm")})
    rooms = Rooms(store, roster, kept, Alone(), settings)
    tending = asyncio.create_task(Upkeep(rooms, store, roster, kept, Alone()).run([]))
    async with rooms.visit(CAMPAIGN), asyncio.timeout(10):
        while not kept.rooms[CAMPAIGN]:  # noqa: ASYNC110 - the snapshot comes by itself
            await asyncio.sleep(0.01)
    assert list(kept.rooms[CAMPAIGN]) == [SNAPSHOT_AT]
    tending.cancel()
    await rooms.close()


async def test_idle_rooms_leave_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody there, nothing waiting: the next one to come reads it from the log again."""
    monkeypatch.setattr(transport.nodes.upkeep, "FOLLOW_SECONDS", 0.01)
    store = await a_long_stream(10)
    rooms = Rooms(store, Roster({}), KeptRooms(), Alone(), Settings())
    tending = asyncio.create_task(Upkeep(rooms, store, Roster({}), KeptRooms(), Alone()).run([]))
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
    monkeypatch.setattr(transport.nodes.upkeep, "FOLLOW_SECONDS", 0.01)
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
    tending = asyncio.create_task(Upkeep(rooms, store, Roster({}), KeptRooms(), Alone()).run([unreadable]))
    async with rooms.visit(CAMPAIGN) as room, asyncio.timeout(10):
        aggregate = SessionAggregate.at(CAMPAIGN)
        await store.append(aggregate.handle(reveal("1,1"), Surroundings(players=()), Occasion(DM, NOW, uuid4)))
        while room.gathering.state.version == 0:  # noqa: ASYNC110 - it comes by itself
            await asyncio.sleep(0.01)
    tending.cancel()
    await rooms.close()


async def test_snapshots_in_postgres(database: str) -> None:
    """The newest up to a version is found; those of another shape are not read, and are gone after a day."""
    store = await a_long_stream(50)
    room = (await load_room(CAMPAIGN, store, KeptRooms(), WINDOW)).state
    older = (await load_room(CAMPAIGN, await a_long_stream(20), KeptRooms(), WINDOW)).state
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


async def _versions(pool: Any) -> list[int]:
    async with pool.connection() as connection:
        cursor = await connection.execute("select version from public.keyframe order by version")
        return [version for (version,) in await cursor.fetchall()]


async def _age(pool: Any) -> None:
    async with pool.connection() as connection:
        await connection.execute("update public.keyframe set taken_at = now() - interval '2 days'")


async def _change_shape(pool: Any) -> None:
    async with pool.connection() as connection:
        await connection.execute("update public.keyframe set shape = 'another'")
