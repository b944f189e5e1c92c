"""The past as the server tells it is the evening as the sockets told it."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest

from tests.end_to_end.conftest import TableMaker
from tests.end_to_end.peers import Message, Person, Socket, Table, a_table
from tests.end_to_end.server_process import ServerProcess, history_workers
from transport.server.server import running
from transport.settings import Settings

STEPS = 120
TERRAINS = ("forest", "swamp", "größtes Übel \u2603")


def a_command(dice: Random, table: Table) -> tuple[str, dict[str, Any]]:
    """Any of the nine, hexes and staging more often than the rest."""
    keys = [f"{dice.randint(0, 5)},{dice.randint(-2, 2)}" for _ in range(dice.randint(1, 4))]
    players = [person.user_id for person in table.players.values()]
    some: Any = {"playerIds": dice.sample(players, dice.randint(1, len(players)))}
    reveal = ("hex:reveal", {"hexKeys": keys, "targets": dice.choice(["all", some])})
    update = ("hex:update", {"changes": [{"key": key, "terrain": dice.choice(TERRAINS)} for key in keys]})
    lifecycle: tuple[str, dict[str, Any]] = (f"session:{dice.choice(['start', 'pause', 'resume', 'end'])}", {})
    mode = ("broadcast:mode", {"mode": dice.choice(["staged", "staged", "immediate"])})
    rest: list[tuple[str, dict[str, Any]]] = [lifecycle, mode, ("broadcast:publish", {}), ("staged:undo", {"index": 0})]
    return dice.choices([reveal, update, *rest], weights=[6, 6, 3, 2, 2, 1])[0]


async def all_heard(socket: Socket, event_id: str) -> list[Message]:
    """What the events told, up to the one that everybody is told of. Lists of the queue go by their own clock."""
    while not any(m["type"] == "hex:revealed" and m["eventId"] == event_id for m in socket.seen):
        await socket.next()
    return [m for m in socket.seen if "eventId" in m and m["type"] not in ("staged:changes", "ack", "session:state")]


async def the_past(table: Table, person: Person, as_whom: str) -> list[Message]:
    """All timelines after each other, each message as it stands there."""
    path = f"/api/campaigns/{table.campaign}/sessions"
    listed = (await person.call("GET", f"{path}?as={as_whom}"))["sessions"]
    told: list[Message] = []
    for session in listed:
        async with person.http.get(f"{table.url}{path}/{session['number']}/timeline?as={as_whom}") as answer:
            lines = [json.loads(line) async for line in answer.content]
        told += [message for line in lines for message in line.get("messages", ())]
        assert session["events"] == sum("messages" in line for line in lines)
    return [message for message in told if message["type"] != "staged:changes"]


async def test_nobody_who_plays_waits_for_who_looks_back(
    set_table: TableMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the process that serves nothing of the past is folded or viewed: another one does it, and ends with it."""
    table = await set_table("Ada")
    for number in range(3):
        await table.sockets["dm"].send("hex:reveal", hexKeys=[f"0,{number}"], targets="all", id=f"{number}")
        told = await table.sockets["dm"].until("ack")

    def unwanted(*_: object) -> None:
        raise AssertionError

    for name in ("transport.history.past.steps", "projections.timeline.state_for", "projections.timeline.messages_for"):
        monkeypatch.setattr(name, unwanted)
    path = f"/api/campaigns/{table.campaign}"
    for who in (table.dm, table.players["Ada"]):
        assert [one["events"] for one in (await who.call("GET", f"{path}/sessions"))["sessions"]] == [3]
        state = await who.call("GET", f"{path}/state?eventId={told['eventId']}")
        assert state["revealedHexes"] == ["0,0", "0,1", "0,2"]
        async with who.http.get(f"{table.url}{path}/sessions/1/timeline") as answer:
            assert len((await answer.read()).splitlines()) == 4
    assert len(history_workers(os.getpid())) == 1


@pytest.mark.parametrize("end", ["terminate", "kill"])
async def test_a_server_takes_along_who_looks_back_for_it(database: str, end: str) -> None:
    """Whether it is told to stop or killed."""
    server = ServerProcess(database)
    await server.start()
    async with a_table(server.url, database, ()) as table:
        await table.dm.call("GET", f"/api/campaigns/{table.campaign}/sessions")
        [worker] = history_workers(server.pid)
        await getattr(server, end)()
    async with asyncio.timeout(20):
        while Path(f"/proc/{worker}/cwd").exists():  # noqa: ASYNC110, ASYNC240 - the system tells nobody
            await asyncio.sleep(0.02)


async def test_the_past_is_what_the_sockets_told(database: str, seed: int) -> None:
    """Byte for byte, for the DM and each player; a DM reads a player's past as the player does."""
    dice = Random(seed)
    async with (
        running(Settings(port=0, leave_grace_seconds=0), database) as url,
        a_table(url, database, ("Ada", "Bo", "Cy")) as table,
    ):
        dm = table.sockets["dm"]
        for n in range(STEPS):
            type_, fields = a_command(dice, table)
            await dm.send(type_, **fields, id=f"c{n}")
            await dm.until("ack", "error", when=lambda m, n=n: m.get("id") == f"c{n}")  # type: ignore[misc]
            if dice.random() < 0.1:
                # Somebody with another tab comes and goes; the others are told while a session runs.
                await (await table.players["Cy"].join(table.campaign)).socket.close()
        await dm.send("broadcast:mode", mode="immediate")
        await dm.send("hex:reveal", hexKeys=["99,99"], targets="all", id="last")
        last = (await dm.until("ack", when=lambda message: message["id"] == "last"))["eventId"]
        people = {"dm": table.dm, **table.players}
        for name, person in people.items():
            dm_own = [
                m for m in dm.seen if "eventId" in m and m["type"] not in ("staged:changes", "ack", "session:state")
            ]
            live = dm_own if name == "dm" else await all_heard(table.sockets[name], last)
            as_whom = "dm" if name == "dm" else person.user_id
            assert [json.dumps(m) for m in await the_past(table, person, as_whom)] == [json.dumps(m) for m in live]
            assert await the_past(table, table.dm, as_whom) == live


async def test_who_is_no_member_any_more_reads_no_further(database: str) -> None:
    """A timeline that is being read breaks off, and does not end as if it were whole."""
    async with running(Settings(port=0), database) as url, a_table(url, database, ("Ada",)) as table:
        dm, ada = table.sockets["dm"], table.players["Ada"]
        keys = [f"{q},{r}" for q in range(100) for r in range(45)]
        for n in range(30):
            await dm.send("hex:reveal", hexKeys=keys, targets="all", id=f"c{n}")
            await dm.until("ack", when=lambda m, n=n: m.get("id") == f"c{n}")  # type: ignore[misc]
        path = f"{url}/api/campaigns/{table.campaign}/sessions/1/timeline"
        async with ada.http.get(path, read_bufsize=2**12) as answer:
            await answer.content.readline()
            await table.dm.call("DELETE", f"/api/campaigns/{table.campaign}/members/{ada.user_id}", expect=204)
            with pytest.raises(aiohttp.ClientPayloadError):
                await answer.read()
        async with ada.http.get(path) as answer:
            assert answer.status == 404
