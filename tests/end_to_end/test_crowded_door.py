"""Many who come to one room at once go in a few at a time."""

from __future__ import annotations

import asyncio

import pytest

from tests.end_to_end.conftest import TableMaker
from transport.rooms.joining import JOINS_AT_ONCE
from transport.rooms.registry import Rooms


async def test_only_a_few_join_together(set_table: TableMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """All who wait for one answer go on in one turn of the loop, so they are few; and everybody gets in."""
    inside, most = 0, 0
    bring_up_to_date = Rooms.bring_up_to_date

    async def counted(self: Rooms, room: object) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await bring_up_to_date(self, room)  # type: ignore[arg-type]
        inside -= 1

    table = await set_table("Ada", "Bo", tabs=100)
    monkeypatch.setattr(Rooms, "bring_up_to_date", counted)
    people = list(table.players.values())
    sockets = await asyncio.gather(*(people[number % 2].join(table.campaign) for number in range(30)))
    assert len(sockets) == 30
    assert 1 <= most <= JOINS_AT_ONCE


async def test_who_waits_too_long_is_asked_to_come_again(
    set_table: TableMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for ever behind those who came before."""
    monkeypatch.setattr("transport.websocket.endpoint.DOOR_SECONDS", 0.1)
    table = await set_table("Ada")
    may_go_on = asyncio.Event()
    bring_up_to_date = Rooms.bring_up_to_date

    async def held(self: Rooms, room: object) -> None:
        await may_go_on.wait()
        await bring_up_to_date(self, room)  # type: ignore[arg-type]

    monkeypatch.setattr(Rooms, "bring_up_to_date", held)
    ada = table.players["Ada"]
    before = [asyncio.create_task(ada.join(table.campaign)) for _ in range(JOINS_AT_ONCE)]
    await asyncio.sleep(0.3)
    late = await ada.open(table.campaign)
    assert await late.close_code() == 1013
    may_go_on.set()
    await asyncio.gather(*before)
