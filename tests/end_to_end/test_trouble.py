"""When something breaks: the database, a client, or the order in which two servers write."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import psycopg
import pytest

from migrations.embedded.server import EmbeddedServer
from migrations.runner import migrate
from tests.domain.store.proxy import Proxy
from tests.end_to_end.conftest import TableMaker
from tests.end_to_end.peers import PATIENCE, Socket, Table, a_table
from tests.end_to_end.raw_websocket import close_frame, open_raw
from transport.server.server import running
from transport.settings import Settings


async def test_without_a_database_nothing_happens_and_nobody_is_told(tmp_path: Path) -> None:
    """A command gets `unavailable`, players get nothing, and sent again later with its id it is executed once."""
    database = await asyncio.to_thread(EmbeddedServer.start, tmp_path, fsync=False)
    await asyncio.to_thread(migrate, database.url)
    async with (
        Proxy.to(database.url) as proxy,
        running(Settings(port=0), proxy.url) as url,
        a_table(url, database.url, ["Ada"]) as table,
    ):
        dm, ada = table.sockets["dm"], table.sockets["Ada"]
        await asyncio.to_thread(database.stop)
        await dm.send("hex:reveal", hexKeys=["1,1"], targets="all", id="once")
        error = await dm.until("error", "ack")
        assert (error["code"], error["id"]) == ("unavailable", "once")
        assert error["message"] == "The event store cannot be reached; nothing was recorded"
        stranger = await table.dm.open(table.campaign)
        assert await stranger.close_code() == 1013
        async with table.dm.http.get(f"{url}/readyz") as answer:
            assert answer.status == 503
        assert "hex:revealed" not in {message["type"] for message in dm.seen}

        with EmbeddedServer.start(tmp_path, fsync=False) as again:
            proxy.redirect(again.url)
            table.database = again.url
            await _until_taken(dm, "hex:reveal", hexKeys=["1,1"], targets="all", id="once")
            await dm.send("hex:reveal", hexKeys=["2,2"], targets="all")
            await ada.until("hex:revealed", when=lambda m: m["hexKeys"] == ["2,2"])
            assert [m["hexKeys"] for m in ada.seen if m["type"] == "hex:revealed"] == [["1,1"], ["2,2"]]
            assert table.topics() == ["hexes_revealed", "hexes_revealed"]


async def _until_taken(socket: Socket, type_: str, **fields: object) -> None:
    """Sends the same command again and again until it is acknowledged."""
    async with asyncio.timeout(20):
        while True:
            await socket.send(type_, **fields)
            if (await socket.until("error", "ack"))["type"] == "ack":
                return
            await asyncio.sleep(0.2)


async def test_who_does_not_read_is_closed_and_the_others_go_on(set_table: TableMaker) -> None:
    """Past the backlog limit a client is closed with 4008; meanwhile the others get everything."""
    table = await set_table("Ada", backlog_bytes=64 * 1024, command_burst=0)
    dm, ada, bo = table.sockets["dm"], table.sockets["Ada"], await table.new_person().sign_up("Bo")
    await table.invite(bo)
    async with open_raw(bo, table.campaign) as (reader, _):
        await dm.until("player:joined", when=lambda m: m["name"] == "Bo")
        keys = [f"{n},{n}" for n in range(3_000)]
        for _ in range(400):
            await dm.send("hex:reveal", hexKeys=keys, targets="all")
            await ada.until("hex:revealed")
            await dm.until("hex:revealed")
            if "player:left" in {message["type"] for message in dm.seen}:
                break
        assert "player:left" in {message["type"] for message in dm.seen}
        received = await asyncio.wait_for(reader.read(), PATIENCE)
    assert received.endswith(close_frame(4008, "reads too slowly"))
    assert _count_reveals(ada) == _count_reveals(dm)
    back = await bo.join(table.campaign)
    assert len(back.seen[1]["revealedHexes"]) == 3_000


def _count_reveals(socket: Socket) -> int:
    return sum(message["type"] == "hex:revealed" for message in socket.seen)


async def test_two_servers_on_one_log(database: str) -> None:
    """Whoever writes second decides on what the first one wrote, and people at both see the same in the same order."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(running(Settings(port=0), database))
        other = await stack.enter_async_context(running(Settings(port=0), database))
        table: Table = await stack.enter_async_context(a_table(url, database, ["Ada"]))
        away = table.new_person()
        away.url, away.user_id = other, table.dm.user_id
        away.http.cookie_jar.update_cookies({c.key: c.value for c in table.dm.http.cookie_jar})
        there, here = await away.join(table.campaign), table.sockets["dm"]
        await here.send("session:start", id="s")
        await here.until("ack")
        await there.send("session:start")
        assert (await there.until("session:statusChanged"))["status"] == "active"
        assert (await there.until("error"))["code"] == "session_active"
        for n in range(20):
            await here.send("hex:reveal", hexKeys=[f"{n},0"], targets="all", id=f"h{n}")
            await there.send("hex:reveal", hexKeys=[f"{n},1"], targets="all", id=f"t{n}")
        await here.until("ack", when=lambda m: m["id"] == "h19")
        await there.until("ack", when=lambda m: m["id"] == "t19")
        await here.send("session:end")
        await there.until("session:statusChanged", when=lambda m: m["status"] == "ended")
        await table.sockets["Ada"].until("session:statusChanged", when=lambda m: m["status"] == "ended")
        logged = [row[4]["hex_keys"][0] for row in table.log() if row[0] == "hexes_revealed"]
        assert sorted(logged) == sorted([f"{n},{m}" for n in range(20) for m in range(2)])
        for socket in (there, table.sockets["Ada"]):
            assert [m["hexKeys"][0] for m in socket.seen if m["type"] == "hex:revealed"] == logged


@pytest.mark.parametrize("server", ["the same", "another"])
async def test_a_command_sent_again_is_executed_once(database: str, server: str) -> None:
    """Its answer is the first one: on another socket, after a restart, and when it could not be executed any more."""
    async with AsyncExitStack() as first, AsyncExitStack() as second:
        url = await first.enter_async_context(running(Settings(port=0), database))
        table = await second.enter_async_context(a_table(url, database, []))
        dm = table.sockets["dm"]
        for type_, command_id in (("session:start", "a"), ("session:pause", "b"), ("session:start", "c")):
            await dm.send(type_, id=command_id)
        answers = {(await dm.until("ack", "error"))["id"]: dm.seen[-1] for _ in range(3)}
        assert [answers[i]["type"] for i in "abc"] == ["ack", "ack", "error"]
        if server == "another":
            await first.aclose()
            url = await second.enter_async_context(running(Settings(port=0), database))
        again = table.new_person()
        again.url = url
        again.http.cookie_jar.update_cookies({c.key: c.value for c in table.dm.http.cookie_jar})
        socket = await again.join(table.campaign)
        for type_, command_id in (("session:pause", "b"), ("session:start", "a"), ("session:start", "a")):
            await socket.send(type_, id=command_id)
            assert await socket.until("ack", "error") == answers[command_id]
        if server == "the same":
            await socket.send("session:start", id="c")
            assert await socket.until("ack", "error") == answers["c"]
        assert table.topics() == ["session_started", "session_paused"]


async def test_what_can_not_be_read_ends_a_connection_politely(set_table: TableMaker) -> None:
    """With a close frame, as all of a WebSocket's stream is frames: 1013, since somebody may mend it."""
    table = await set_table()
    with psycopg.connect(table.database, autocommit=True) as sql:
        sql.execute(
            "insert into event_log"
            " (campaign_id, version, event_id, type, schema_version, recorded_at, actor, data)"
            " values (%s, 1, gen_random_uuid(), 'hexes_revealed', 1, now(), %s, '{}')",
            (table.campaign, table.dm.user_id),
        )
    assert await table.sockets["dm"].close_code() == 1013
    again = await table.dm.open(table.campaign)
    assert await again.close_code() == 1013
    assert [message["code"] for message in again.seen] == ["unavailable"]
