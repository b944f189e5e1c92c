"""Many who come to one room at once go in a few at a time."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Never

import pytest

from tests.domain.store.patience import until
from tests.end_to_end.conftest import TableMaker
from transport.rooms.connection import Connection
from transport.rooms.joining import JOINS_AT_ONCE, Joining
from transport.rooms.registry import Rooms
from transport.rooms.room import Room
from transport.rooms.sign_ins import SignIns


async def test_only_a_few_join_together(set_table: TableMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """All who wait for one answer would go on in one turn of the loop, so they are few; and everybody gets in."""
    turn, joins, join = 0, Counter[int](), Joining.join
    all_are_here = asyncio.Barrier(30)

    async def go_on_together(_rooms: Rooms, _room: Room) -> None:
        await all_are_here.wait()

    async def count_turns() -> Never:
        nonlocal turn
        while True:
            await asyncio.sleep(0)
            turn += 1

    def counted(self: Joining, connection: Connection, last_event_id: str | None) -> None:
        joins[turn] += 1
        join(self, connection, last_event_id)

    table = await set_table("Ada", "Bo", tabs=100)
    monkeypatch.setattr(Joining, "join", counted)
    monkeypatch.setattr(Rooms, "bring_up_to_date", go_on_together)
    monkeypatch.setattr("transport.websocket.endpoint.JOINING_BEAT", 0)
    counting = asyncio.create_task(count_turns())
    people = list(table.players.values())
    sockets = await asyncio.gather(*(people[number % 2].join(table.campaign) for number in range(30)))
    counting.cancel()
    assert len(sockets) == joins.total() == 30
    assert max(joins.values()) <= JOINS_AT_ONCE


async def test_who_waits_too_long_is_asked_to_come_again(
    set_table: TableMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for ever behind those who came before."""
    monkeypatch.setattr("transport.websocket.endpoint.DOOR_SECONDS", 0.1)
    table = await set_table("Ada")
    may_go_on, has_ended, held = asyncio.Event(), SignIns.has_ended, 0

    async def hold(self: SignIns, room: Room, token_hash: bytes) -> bool:
        nonlocal held
        held += 1
        await may_go_on.wait()
        return await has_ended(self, room, token_hash)

    monkeypatch.setattr(SignIns, "has_ended", hold)
    before = [asyncio.create_task(table.dm.join(table.campaign)) for _ in range(JOINS_AT_ONCE)]
    await until(lambda: held == JOINS_AT_ONCE)
    late = await table.players["Ada"].open(table.campaign)
    assert await late.close_code() == 1013
    may_go_on.set()
    await asyncio.gather(*before)
