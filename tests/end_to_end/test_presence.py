"""Who is here: for the others, and in the log."""

from __future__ import annotations

import asyncio

from tests.end_to_end.conftest import TableMaker
from tests.end_to_end.peers import Message, a_table
from transport.server.server import running
from transport.settings import Settings


def who_is_online(presence: Message) -> set[str]:
    """The names in a presence list that are marked as here."""
    return {person["name"] for person in presence["players"] if person["online"]}


async def test_coming_and_going_between_sessions(set_table: TableMaker) -> None:
    """Others are told of a first connection and of a departure; without a session nothing is logged."""
    table = await set_table("Ada", "Bo")
    dm = table.sockets["dm"]
    assert (await dm.until("player:joined"))["userId"] == table.players["Ada"].user_id
    assert (await dm.until("player:joined"))["name"] == "Bo"
    await table.sockets["Ada"].socket.close()
    left = await dm.until("player:left")
    assert left == {"type": "player:left", "userId": table.players["Ada"].user_id}
    await dm.until("player:presence", when=lambda m: who_is_online(m) == {"Dee", "Bo"})
    assert table.topics() == []


async def test_nobody_is_told_of_the_own_arrival(set_table: TableMaker) -> None:
    """player:joined and player:left go to all others."""
    table = await set_table("Ada", "Bo")
    bo = table.sockets["Bo"]
    await bo.nothing_of("player:joined")
    await table.sockets["Ada"].socket.close()
    await bo.until("player:left")


async def test_a_live_session_logs_them(set_table: TableMaker) -> None:
    """While a session is live, paused or not, stays are events, and their messages carry the event's id."""
    table = await set_table("Ada")
    dm, ada = table.sockets["dm"], table.players["Ada"]
    await dm.until("player:joined")
    await dm.send("session:start")
    await dm.send("session:pause", id="p")
    await dm.until("ack")
    await table.sockets["Ada"].socket.close()
    assert "eventId" in await dm.until("player:left")
    back = await ada.join(table.campaign)
    assert "eventId" in await dm.until("player:joined")
    assert table.topics() == ["session_started", "session_paused", "player_left", "player_joined"]
    started, _, left, joined = table.log()
    assert set(started[4]["present"]) == {table.dm.user_id, ada.user_id}
    assert left[4] == joined[4] == {"player_id": ada.user_id}
    assert left[2] == started[2] is not None
    await back.socket.close()


async def test_a_reload_is_no_departure(set_table: TableMaker) -> None:
    """Who is back within the grace leaves no trace, for the others as in the log."""
    table = await set_table("Ada", leave_grace_seconds=1.0)
    dm = table.sockets["dm"]
    await dm.until("player:joined")
    await dm.send("session:start", id="s")
    await dm.until("ack")
    await table.sockets["Ada"].socket.close()
    back = await table.players["Ada"].join(table.campaign)
    await dm.nothing_of("player:left", "player:joined", seconds=1.3)
    assert table.topics() == ["session_started"]
    await back.socket.close()


async def test_a_crash_leaves_no_ghost(database: str) -> None:
    """Who was here when a server died, and does not come back, is recorded as left, even if nobody comes at all."""
    settings = Settings(port=0, leave_grace_seconds=0.2)
    async with running(settings, database) as url, a_table(url, database, ["Ada"]) as table:
        await table.sockets["dm"].until("player:joined")
        await table.sockets["dm"].send("session:start", id="s")
        await table.sockets["dm"].until("ack")
    assert table.topics() == ["session_started"]
    async with running(settings, database):
        await table.wait_for_log("session_started", "player_left", "player_left")
    assert {row[4]["player_id"] for row in table.log()[1:]} == {
        table.dm.user_id,
        table.players["Ada"].user_id,
    }


async def test_many_who_come_and_go(set_table: TableMaker) -> None:
    """After a storm of connections the list is right for everybody, and the log's stays add up to it."""
    table = await set_table("Ada", "Bo", "Cy", leave_grace_seconds=0.05)
    dm = table.sockets["dm"]
    await dm.send("session:start", id="s")
    await dm.until("ack")

    async def storm(name: str) -> None:
        for n in range(5):
            socket = await table.players[name].join(table.campaign)
            await asyncio.sleep(0.02 * n)
            await socket.socket.close()

    await table.sockets["Ada"].socket.close()
    await asyncio.gather(storm("Ada"), storm("Bo"), storm("Cy"))
    await dm.until("player:presence", when=lambda m: who_is_online(m) == {"Dee", "Bo", "Cy"})
    await asyncio.sleep(0.3)
    present = set(table.log()[0][4]["present"])
    for topic, _, _, _, data in table.log()[1:]:
        if topic == "player_joined":
            assert data["player_id"] not in present
            present.add(data["player_id"])
        elif topic == "player_left":
            present.remove(data["player_id"])
    assert present == {table.dm.user_id, table.players["Bo"].user_id, table.players["Cy"].user_id}
