"""Who gets in, what comes first, and with which code a connection ends."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import pytest

from tests.end_to_end.conftest import TableMaker
from tests.end_to_end.peers import Person, a_table
from transport.accounts import statements
from transport.server.server import running
from transport.settings import Settings


async def code_of(person: Person, campaign: str | None, **options: Any) -> tuple[int | None, str]:
    """The close code, and the error that came before it."""
    socket = await person.open(campaign, **options)
    code = await socket.close_code()
    assert [message["type"] for message in socket.seen] == ["error"]
    return code, socket.seen[0]["code"]


async def test_refusals_are_told_by_close_codes(set_table: TableMaker) -> None:
    """The upgrade is always accepted; one error comes, and then the code that a browser can read."""
    table = await set_table()
    stranger = await table.new_person().sign_up("Stranger")
    assert await code_of(table.new_person(), table.campaign) == (4001, "not_signed_in")
    assert await code_of(table.dm, None) == (4002, "invalid_campaign")
    assert await code_of(table.dm, "no-uuid") == (4002, "invalid_campaign")
    assert await code_of(table.dm, table.campaign, origin="http://evil.example") == (
        4003,
        "origin_not_allowed",
    )
    assert await code_of(stranger, table.campaign) == (4003, "not_a_member")


async def test_wrong_cookies_are_slowed_down(set_table: TableMaker) -> None:
    """After some 4001s their address is told to try later, while whoever there has a valid cookie comes in."""
    table = await set_table(tries_per_minute=2)
    stranger = table.new_person()
    wrong = {"Cookie": "fogbound_session=wrong"}
    codes = [await code_of(stranger, table.campaign, headers=wrong) for _ in range(3)]
    assert codes == [(4001, "not_signed_in")] * 2 + [(1013, "too_many_tries")]
    assert await code_of(stranger, table.campaign) == (4001, "not_signed_in")
    await table.dm.join(table.campaign)


async def test_an_unknown_campaign_looks_like_a_strangers(set_table: TableMaker) -> None:
    """Byte for byte: ids of campaigns can't be probed."""
    table = await set_table()
    stranger = await table.new_person().sign_up("Stranger")
    answers = []
    for campaign in (table.campaign, str(uuid4())):
        socket = await stranger.open(campaign)
        answers.append((await socket.close_code(), socket.seen))
    assert answers[0] == answers[1]


async def test_origins(set_table: TableMaker) -> None:
    """The own host and the configured list may connect, and so may a program that sends no origin."""
    table = await set_table(allowed_origins="https://vtt.example")
    for origin in (None, table.url, "https://vtt.example"):
        socket = await table.dm.open(table.campaign, origin=origin)
        assert (await socket.next())["type"] == "connected"
    assert (await code_of(table.dm, table.campaign, origin="https://vtt.example.evil.org"))[0] == 4003


async def test_what_comes_first(set_table: TableMaker) -> None:
    """connected, then the state, then for a DM in staged mode the list and the notice."""
    table = await set_table("Ada")
    dm = table.sockets["dm"]
    await dm.send("hex:reveal", hexKeys=["1,1"], targets={"playerIds": [table.players["Ada"].user_id]})
    await dm.send("broadcast:mode", mode="staged")
    await dm.send("hex:update", changes=[{"key": "2,2", "terrain": "forest"}], id="last")
    await dm.until("ack")

    socket = await table.dm.open(table.campaign)
    connected, state, listed, preparing = [await socket.next() for _ in range(4)]
    assert connected == {
        "type": "connected",
        "userId": table.dm.user_id,
        "role": "dm",
        "name": "Dee",
        "resumed": False,
    }
    assert state["type"] == "session:state"
    assert state["status"] == "waiting"
    assert state["broadcastMode"] == "staged"
    assert state["preparing"] is True
    assert state["revealedHexes"] == ["1,1"]
    assert state["terrain"] == [{"key": "1,1", "terrain": "unknown"}]
    assert state["reveals"] == [{"key": "1,1", "to": [table.players["Ada"].user_id]}]
    assert listed["type"] == "staged:changes"
    assert listed["changes"] == state["stagedChanges"]
    assert preparing == {"type": "dm:preparing", "preparing": True}

    ada = await table.players["Ada"].open(table.campaign)
    connected, state, preparing = [await ada.next() for _ in range(3)]
    assert connected["role"] == "player"
    assert "stagedChanges" not in state
    assert "reveals" not in state
    assert {p["name"]: (p["online"], p["role"]) for p in state["connectedPlayers"]} == {
        "Dee": (True, "dm"),
        "Ada": (True, "player"),
    }
    assert preparing["type"] == "dm:preparing"


async def test_a_quiet_state_is_told_in_full_too(set_table: TableMaker) -> None:
    """Nothing staged and not staging is said as well: a base client shows what it was told before it was away."""
    table = await set_table("Ada")
    dm = await table.dm.open(table.campaign)
    told = [await dm.next() for _ in range(4)]
    assert [message["type"] for message in told] == ["connected", "session:state", "staged:changes", "dm:preparing"]
    assert (told[2]["changes"], told[3]) == ([], {"type": "dm:preparing", "preparing": False})
    ada = await table.players["Ada"].open(table.campaign)
    told = [await ada.next() for _ in range(3)]
    assert [message["type"] for message in told] == ["connected", "session:state", "dm:preparing"]
    assert told[2]["preparing"] is False


async def test_the_newest_connection_wins(set_table: TableMaker) -> None:
    """A phone whose line breaks leaves dead connections behind: the oldest gives way, and its person stays."""
    table = await set_table("Ada", "Bo", tabs=2, leave_grace_seconds=0)
    ada = table.players["Ada"]
    second = await ada.join(table.campaign)
    third = await ada.join(table.campaign)
    assert await table.sockets["Ada"].close_code() == 4009
    fourth = await ada.join(table.campaign)
    assert await second.close_code() == 4009
    await table.sockets["dm"].send("session:start")
    for socket in (third, fourth, table.sockets["Bo"]):
        await socket.until("session:statusChanged")
    await table.sockets["Bo"].nothing_of("player:left")


async def test_with_one_place_the_newest_wins_too(set_table: TableMaker) -> None:
    """Nobody is told that the person left."""
    table = await set_table("Ada", "Bo", tabs=1, leave_grace_seconds=0)
    second = await table.players["Ada"].join(table.campaign)
    assert await table.sockets["Ada"].close_code() == 4009
    await table.sockets["dm"].send("session:start")
    await second.until("session:statusChanged")
    assert not [message for message in table.sockets["Bo"].seen if message["type"] == "player:left"]


async def test_removal_closes_at_once(set_table: TableMaker) -> None:
    """A removed player's sockets end with 4003 and what happens next reaches them no more."""
    table = await set_table("Ada", "Bo")
    ada = table.players["Ada"]
    await table.dm.call("DELETE", f"/api/campaigns/{table.campaign}/members/{ada.user_id}", expect=204)
    assert await table.sockets["Ada"].close_code() == 4003
    await table.sockets["Bo"].until("player:presence", when=lambda m: len(m["players"]) == 2)
    assert (await code_of(ada, table.campaign))[0] == 4003


async def test_signing_out_closes_the_sockets_of_that_sign_in(set_table: TableMaker) -> None:
    """A revoked cookie holds no socket open."""
    table = await set_table("Ada")
    await table.players["Ada"].call("DELETE", "/api/session", expect=204)
    assert await table.sockets["Ada"].close_code() == 4001


async def test_a_new_role_brings_a_new_state(set_table: TableMaker) -> None:
    """Who becomes a DM is shown what a DM sees and may command; who is a player again loses both."""
    table = await set_table("Ada")
    ada, dm = table.sockets["Ada"], table.sockets["dm"]
    member = f"/api/campaigns/{table.campaign}/members/{table.players['Ada'].user_id}"
    await dm.send("hex:update", changes=[{"key": "5,5", "terrain": "lava"}], id="hidden")
    await dm.until("ack")
    await table.dm.call("PATCH", member, {"role": "dm"})
    greeting = await ada.until("connected")
    assert (greeting["userId"], greeting["role"]) == (table.players["Ada"].user_id, "dm")
    told = [await ada.next() for _ in range(3)]
    assert [message["type"] for message in told] == ["session:state", "staged:changes", "dm:preparing"]
    assert told[0]["terrain"] == [{"key": "5,5", "terrain": "lava"}]
    await ada.send("session:start", id="mine")
    assert (await ada.until("ack", "error"))["type"] == "ack"
    await table.dm.call("PATCH", member, {"role": "player"})
    assert (await ada.until("connected"))["role"] == "player"
    state, preparing = await ada.next(), await ada.next()
    assert (state["type"], preparing["type"]) == ("session:state", "dm:preparing")
    assert state["terrain"] == []
    assert "reveals" not in state
    await ada.send("session:pause")
    assert (await ada.until("error"))["code"] == "dm_only"


async def test_shutdown_says_1001_after_the_last_commit(database: str) -> None:
    """A server that stops stores and answers what it took, then closes with the code that means: come back."""
    async with AsyncExitStack() as server, AsyncExitStack() as clients:
        url = await server.enter_async_context(running(Settings(port=0), database))
        table = await clients.enter_async_context(a_table(url, database, ["Ada"]))
        dm = table.sockets["dm"]
        for n in range(50):
            await dm.send("hex:reveal", hexKeys=[f"{n},0"], targets="all", id=f"c{n}")
        await dm.until("ack")
        stopping = asyncio.create_task(server.aclose())
        assert await dm.close_code() == 1001
        assert await table.sockets["Ada"].close_code() == 1001
        await stopping
        recorded = [row[3] for row in table.log()]
        acked = [message["id"] for message in dm.seen if message["type"] == "ack"]
        assert acked == recorded
        revealed = [m["eventId"] for m in table.sockets["Ada"].seen if m["type"] == "hex:revealed"]
        assert len(revealed) == len(recorded)


async def test_a_join_asks_the_database_once(set_table: TableMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes, and what they are here, in one question; the room is in memory."""
    table = await set_table("Ada")
    asked: list[str] = []
    fetch = statements.fetch

    async def noted(connection: Any, rows: Any, statement: str, **values: object) -> list[Any]:
        asked.append(statement)
        return await fetch(connection, rows, statement, **values)

    monkeypatch.setattr(statements, "fetch", noted)
    await table.players["Ada"].join(table.campaign)
    assert asked == ["person_in_campaign"]
