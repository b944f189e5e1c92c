"""Who is at the table, as a server hears of it that is not theirs: by the log before the other server says so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from domain.ids import UserId
from domain.memory_store import MemoryStore
from projections.people import Member
from tests.domain.scenario import ADA, BO, CAMPAIGN, DM
from tests.laws.fake_peers import Alone, KeptRooms, Peer, Roster
from tests.transport.event_loop.timeless import play
from transport.rooms.registry import Rooms
from transport.rooms.room import Room
from transport.settings import Settings

MEMBERS = {DM: Member(DM, "Dee", "dm"), ADA: Member(ADA, "Ada", "player"), BO: Member(BO, "Bo", "player")}


def at_a_table(starts: Callable[[Peer, Peer, Room], Awaitable[None]]) -> None:
    """Dee and Ada are at one server, Bo at another, which hears nothing of them but what is in the log."""

    async def evening() -> None:
        store, roster, kept = MemoryStore(), Roster(dict(MEMBERS)), KeptRooms()
        here, there = (Rooms(store, roster, kept, Alone(), Settings(leave_grace_seconds=60)) for _ in range(2))
        async with here.visit(CAMPAIGN) as at_dee, there.visit(CAMPAIGN) as at_bo:
            dee, bo = sit_down(DM, at_dee), sit_down(BO, at_bo)
            sit_down(ADA, at_dee)
            at_dee.projection.presence.are_elsewhere(frozenset({BO}))
            await asyncio.sleep(5)
            await starts(dee, bo, at_bo)
        for rooms in (here, there):
            await rooms.close()

    play(evening)


def sit_down(user: UserId, room: Room) -> Peer:
    peer = Peer(user)
    peer.connect(room, MEMBERS[user])
    return peer


async def start(dee: Peer, at_bo: Room) -> None:
    """Dee starts a session, of which the other server hears by the log."""
    dee.give('{"type": "session:start"}')
    await asyncio.sleep(5)
    at_bo.catch_up()
    await asyncio.sleep(5)


def online(peer: Peer) -> set[str]:
    """Those of whom the peer was told that they are here."""
    peer.read()
    return {user for user, person in peer.state.people.items() if person["online"]}


def test_who_is_there_when_a_session_starts_is_shown_everywhere() -> None:
    """The session's first event says who is there; nobody is told of them one by one."""

    async def starts(dee: Peer, bo: Peer, at_bo: Room) -> None:
        assert online(bo) == {BO}
        await start(dee, at_bo)
        assert online(bo) == {DM, ADA, BO}

    at_a_table(starts)


def test_nobody_is_forgotten_whose_arrival_could_not_be_told() -> None:
    """The other server was heard of, but the database was away until the session had started."""

    async def starts(dee: Peer, bo: Peer, at_bo: Room) -> None:
        at_bo.projection.presence.elsewhere = frozenset({DM, ADA})  # heard of, and not told
        await start(dee, at_bo)
        assert online(bo) == {DM, ADA, BO}

    at_a_table(starts)
