"""A room that starts over, or whose server ends: whoever asked it for something gets an answer, and nobody is left."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from typing_extensions import override

import transport.cluster.reconcile
from domain.events import Event
from domain.ids import CampaignId, UserId
from domain.memory_store import MemoryStore
from domain.store import Refusals, StoreUnavailable
from projections.people import Member
from tests.domain.scenario import ADA, CAMPAIGN, DM, message
from tests.laws.fake_peers import Alone, KeptRooms, Peer, Roster
from transport.cluster.reconcile import Upkeep
from transport.rooms.command import Outcome, PendingCommand
from transport.rooms.registry import Rooms
from transport.rooms.room import Room
from transport.settings import Settings

MEMBERS = {DM: Member(DM, "Dee", "dm"), ADA: Member(ADA, "Ada", "player")}
PATIENCE = 10.0


class HeldStore(MemoryStore):
    """Its appends wait until they may."""

    def __init__(self) -> None:
        super().__init__()
        self.may_append = asyncio.Event()
        self.is_asked = asyncio.Event()

    @override
    async def append(
        self, events: Sequence[Event], roster: int | None = None, refusals: Refusals | None = None
    ) -> None:
        self.is_asked.set()
        await self.may_append.wait()
        await super().append(events, roster, refusals)


def ask(room: Room) -> list[Outcome]:
    """What the answer to Dee's reveal will be in."""
    answers = list[Outcome]()
    room.submit(PendingCommand(message("hex:reveal", hexKeys=["1,1"], targets="all"), DM, answers.append))
    return answers


def remove(roster: Roster, store: MemoryStore, user: UserId) -> None:
    del roster.members[user]
    roster.version += 1
    store.rosters[CAMPAIGN] += 1


async def test_what_was_under_way_is_answered() -> None:
    """The members change while a command is stored, and cannot be read: it is not decided without them for ever."""
    store, roster = HeldStore(), Roster(dict(MEMBERS))
    rooms = Rooms(store, roster, KeptRooms(), Alone(), Settings())
    async with rooms.visit(CAMPAIGN) as room, asyncio.timeout(PATIENCE):
        answers = ask(room)
        await store.is_asked.wait()
        remove(roster, store, ADA)
        roster.is_reachable = False
        with pytest.raises(StoreUnavailable):
            await rooms.members_changed(CAMPAIGN)
        roster.is_reachable = True
        store.may_append.set()
        await room.at_rest()
        assert [type(answer) for answer in answers] == [StoreUnavailable]
        with pytest.raises(StoreUnavailable):
            await rooms.bring_up_to_date(room)
    await rooms.close()


async def test_nobody_is_left_at_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of those who had gone just before, and of those who do not come back, it is recorded."""
    monkeypatch.setattr(transport.cluster.reconcile, "FOLLOW_SECONDS", 0.01)
    store, roster = MemoryStore(), Roster(dict(MEMBERS))
    rooms = Rooms(store, roster, KeptRooms(), Alone(), Settings(leave_grace_seconds=0.1))
    upkeep = Upkeep(rooms, store, roster, KeptRooms(), Alone())
    async with rooms.visit(CAMPAIGN) as room:
        dee, ada = Peer(DM), Peer(ADA)
        for peer in (dee, ada):
            peer.connect(room, MEMBERS[peer.user])
        dee.give('{"type": "session:start"}')
        await room.at_rest()
        ada.leave()
    rooms.start_over(room)
    tending = [asyncio.create_task(upkeep.run()), asyncio.create_task(upkeep.left_behind.run())]
    async with asyncio.timeout(PATIENCE):
        while [event.TOPIC for event in await events(store)][1:] != ["player_left"] * 2:  # noqa: ASYNC110 - the log has no event
            await asyncio.sleep(0.01)
    for task in tending:
        task.cancel()
    await rooms.close()


async def test_a_room_that_opens_while_the_server_ends_ends_too() -> None:
    """Whoever waits for it can do nothing with it, and it knows no members that may be old."""
    store, roster = MemoryStore(), SlowRoster(dict(MEMBERS))
    rooms = Rooms(store, roster, KeptRooms(), Alone(), Settings())

    async def visit() -> Room:
        async with rooms.visit(CAMPAIGN) as room:
            return room

    async with asyncio.timeout(PATIENCE):
        visiting = asyncio.create_task(visit())
        await roster.is_asked.wait()
        closing = asyncio.create_task(rooms.close())
        await asyncio.sleep(0)
        roster.may_answer.set()
        await closing
        room = await visiting
        assert [type(answer) for answer in ask(room)] == [StoreUnavailable]
        with pytest.raises(StoreUnavailable):
            await rooms.bring_up_to_date(room)
    assert await events(store) == []


async def test_a_room_that_does_not_open_in_time_never_will(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for it is told to try again."""
    monkeypatch.setattr("transport.rooms.registry.REST_SECONDS", 0.05)
    roster = SlowRoster(dict(MEMBERS))
    rooms = Rooms(MemoryStore(), roster, KeptRooms(), Alone(), Settings())
    visiting = asyncio.create_task(rooms.open_once(CAMPAIGN))
    await roster.is_asked.wait()
    async with asyncio.timeout(PATIENCE):
        await rooms.close()
        with pytest.raises(StoreUnavailable, match="the server ends"):
            await visiting
    assert not rooms.is_any_in_memory


async def test_who_gives_up_waiting_for_a_room_stops_nobody_else() -> None:
    """It opens for the others."""
    roster = SlowRoster(dict(MEMBERS))
    rooms = Rooms(MemoryStore(), roster, KeptRooms(), Alone(), Settings())
    first, second = (asyncio.create_task(rooms.open_once(CAMPAIGN)) for _ in range(2))
    await roster.is_asked.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    roster.may_answer.set()
    async with asyncio.timeout(PATIENCE):
        await second
    await rooms.close()


async def test_who_is_removed_is_not_there_when_a_session_starts() -> None:
    """Though a moment ago they were, and for others they leave only after the grace."""
    store, roster = MemoryStore(), Roster(dict(MEMBERS))
    rooms = Rooms(store, roster, KeptRooms(), Alone(), Settings(leave_grace_seconds=0.1))
    async with rooms.visit(CAMPAIGN) as room:
        dee, ada = Peer(DM), Peer(ADA)
        for peer in (dee, ada):
            peer.connect(room, MEMBERS[peer.user])
        await room.at_rest()
        remove(roster, store, ADA)
        await rooms.members_changed(CAMPAIGN)
        dee.give('{"type": "session:start"}')
        await room.at_rest()
        async with asyncio.timeout(PATIENCE):
            while ADA in room.projection.presence.announced:  # noqa: ASYNC110 - the grace has no event
                await asyncio.sleep(0.01)
    (started,) = await events(store)
    assert getattr(started, "present", None) == (DM,)
    await rooms.close()


async def test_a_new_member_is_shown_who_was_heard_of_before() -> None:
    """That they are connected to another server came sooner than that they are a member."""
    store, roster = MemoryStore(), Roster({DM: MEMBERS[DM]})
    rooms = Rooms(store, roster, KeptRooms(), Alone(), Settings())
    async with rooms.visit(CAMPAIGN) as room:
        dee = Peer(DM)
        dee.connect(room, MEMBERS[DM])
        await room.at_rest()
        room.projection.attendance.are_elsewhere(frozenset({ADA}))
        await room.at_rest()
        assert ADA not in room.projection.presence.announced
        roster.members[ADA] = replace(MEMBERS[ADA])
        roster.version += 1
        store.rosters[CAMPAIGN] += 1
        await rooms.members_changed(CAMPAIGN)
        await room.at_rest()
        assert ADA in room.projection.presence.announced
    await rooms.close()


class SlowRoster(Roster):
    """Answers when it may."""

    def __init__(self, members: dict[UserId, Member]) -> None:
        super().__init__(members)
        self.may_answer = asyncio.Event()
        self.is_asked = asyncio.Event()

    @override
    async def roster(self, campaign: CampaignId) -> dict[UserId, Member]:
        self.is_asked.set()
        await self.may_answer.wait()
        return await super().roster(campaign)


async def events(store: MemoryStore) -> list[Event]:
    """All of the campaign."""
    return [event async for batch in store.read(CAMPAIGN) for event in batch]
