"""Commands that are sent again: at two servers at once, and after a server died between the commit and the ack."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from tests.domain.store.proxy import Proxy
from tests.end_to_end.conftest import TableMaker
from tests.end_to_end.peers import PATIENCE, Message, Person, Socket, Table, a_table
from tests.end_to_end.server_process import ServerProcess
from transport.server.server import running
from transport.settings import Settings

REVEAL = {"hexKeys": ["1,1"], "targets": "all"}


def elsewhere(table: Table, url: str) -> Person:
    """The DM in another browser, at the server with this URL."""
    person = table.new_person()
    person.url, person.user_id = url, table.dm.user_id
    person.http.cookie_jar.update_cookies({cookie.key: cookie.value for cookie in table.dm.http.cookie_jar})
    return person


async def answer(socket: Socket, command_id: str) -> Message:
    """What becomes of a command."""
    return await socket.until("ack", "error", when=lambda message: message.get("id") == command_id)


async def send_each_to_both(table: Table, sockets: Sequence[Socket]) -> None:
    """Twenty commands, each at once; fails unless each is acknowledged to both as the one event that it became."""
    for n in range(20):
        await asyncio.gather(*(socket.send("hex:reveal", **REVEAL, id=f"c{n}") for socket in sockets))
        answers = [await answer(socket, f"c{n}") for socket in sockets]
        assert answers[0] == answers[1]
        assert answers[0]["type"] == "ack"
    assert [row[3] for row in table.log()] == [f"c{n}" for n in range(20)]


async def test_on_two_sockets_at_once(set_table: TableMaker) -> None:
    """Both get the same answer, and the log has one event."""
    table = await set_table()
    sockets = [table.sockets["dm"], await table.dm.join(table.campaign)]
    await send_each_to_both(table, sockets)


async def test_at_two_servers_at_once(database: str) -> None:
    """Both answer with the one event that is in the log, though neither knew of the other's."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(running(Settings(port=0), database))
        other = await stack.enter_async_context(running(Settings(port=0), database))
        table = await stack.enter_async_context(a_table(url, database, []))
        sockets = [table.sockets["dm"], await elsewhere(table, other).join(table.campaign)]
        await send_each_to_both(table, sockets)


async def test_after_a_kill_between_the_commit_and_the_ack(database: str) -> None:
    """The database has the event, nobody was told: sent again it is acknowledged with that event, and told once."""
    async with Proxy.to(database) as proxy, AsyncExitStack() as stack:
        server = ServerProcess(proxy.url)
        stack.push_async_callback(server.kill)
        await server.start()
        table = await stack.enter_async_context(a_table(server.url, database, ["Ada"]))
        await table.sockets["dm"].send("hex:reveal", hexKeys=["0,0"], targets="all", id="before")
        await answer(table.sockets["dm"], "before")
        last = (await table.sockets["Ada"].until("hex:revealed"))["eventId"]

        proxy.swallow_answers()
        await table.sockets["dm"].send("hex:reveal", **REVEAL, id="lost")
        async with asyncio.timeout(PATIENCE):
            while len(await asyncio.to_thread(table.log)) < 2:  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(0.02)
        await server.kill()
        assert "lost" not in {message.get("id") for message in table.sockets["dm"].seen}

        await server.start()
        dm = await table.dm.join(table.campaign)
        await dm.send("hex:reveal", **REVEAL, id="lost")
        acknowledged = await answer(dm, "lost")
        ada = await table.players["Ada"].open(table.campaign, last)
        told = await ada.until("hex:revealed", "session:state")
        assert [row[3] for row in table.log()] == ["before", "lost"]
        assert acknowledged["type"] == "ack"
        if told["type"] == "hex:revealed":
            assert told["eventId"] == acknowledged["eventId"]
        else:
            assert told["revealedHexes"] == ["0,0", "1,1"]
        await ada.nothing_of("hex:revealed")
