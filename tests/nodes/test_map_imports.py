"""A map import that stopped halfway is told to DMs at every server, and finished or taken back at any of them."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from typing import Any
from uuid import UUID

import aiohttp
import psycopg
import pytest

from domain.ids import CampaignId, UserId
from domain.postgres import PostgresStore
from tests.end_to_end.peers import Message, Person, Table, a_table
from tests.end_to_end.server_process import ServerProcess
from tests.end_to_end.unfinished_imports import FILE, half_an_import
from tests.nodes.conftest import Split, SplitMaker
from tests.transport.maps.map_files import a_map_file, as_bytes
from transport.maps.file import MAX_MAP_HEXES
from transport.maps.importing import import_map_file


def address(table: Table, more: str = "") -> str:
    return f"/api/campaigns/{table.campaign}/map{more}"


async def send(person: Person, table: Table, file: dict[str, Any] = FILE, query: str = "", expect: int = 200) -> Any:
    return await person.call("POST", address(table, query), file, expect)


async def the_map(person: Person, table: Table) -> Message:
    found: Message = await person.call("GET", address(table))
    return found


def parts_in_log(table: Table) -> Counter[str]:
    """How often each hex is in the log."""
    return Counter(key for type_, *_, data in table.log() if type_ == "hexes_updated" for key, _ in data["changes"])


async def told(at: Split, hexes: int, of: int) -> Message:
    """What both servers tell DMs of the one unfinished import, live, in the state and with the map."""
    table = at.table
    live = await table.sockets["dm"].until("map:imports", when=lambda message: message["imports"][0]["hexes"] == hexes)
    (one,) = live["imports"]
    assert (one["hexes"], one["of"], one["by"], one["takingBack"]) == (hexes, of, table.dm.user_id, False)
    for url in (at.here, at.there):
        table.dm.url = url
        assert (await table.dm.fresh_state(table.campaign))["mapImports"] == [one]
        assert (await the_map(table.dm, table))["imports"] == [one]
    return dict(one)


async def test_it_is_told_to_dms_alone(split: SplitMaker) -> None:
    """With how many hexes of how many came; a player, who knows some of them, hears of those and of nothing else."""
    at = await split("Ada")
    ada = await at.join_there(at.table.players["Ada"])
    await at.table.sockets["dm"].send("hex:reveal", hexKeys=["0,0"], targets="all")
    await ada.until("hex:revealed")
    await half_an_import(at.table, parts=2)
    await told(at, 5_001, 12_000)
    updated = await ada.until("hex:updated")
    assert [change["key"] for change in updated["changes"]] == ["0,0"]
    await ada.nothing_of("map:imports", "hex:updated")
    state = await at.table.players["Ada"].fresh_state(at.table.campaign)
    seen = json.dumps([state, await the_map(at.table.players["Ada"], at.table), ada.seen])
    assert "mport" not in seen
    assert "12000" not in seen


async def test_the_same_file_goes_on_where_it_stopped(split: SplitMaker) -> None:
    """At any server; each hex comes once, and what was changed meanwhile stays."""
    at = await split()
    await half_an_import(at.table)
    one = await told(at, 5_000, 12_000)
    await at.table.sockets["dm"].send("hex:update", id="u", changes=[{"key": "-200,0", "terrain": "lava"}])
    await at.table.sockets["dm"].until("ack")
    at.table.dm.url = at.there
    assert await send(at.table.dm, at.table, query=f"?importId={one['importId']}") == {"hexes": 12_000}
    await at.table.sockets["dm"].until("map:imports", when=lambda message: message["imports"] == [])
    found = await the_map(at.table.dm, at.table)
    assert (len(found["hexes"]), "imports" in found) == (12_000, False)
    assert {hex_["terrain"] for hex_ in found["hexes"] if hex_["key"] == "-200,0"} == {"lava"}
    assert {key: times for key, times in parts_in_log(at.table).items() if times > 1} == {"-200,0": 2}


async def test_the_command_line_goes_on_too(split: SplitMaker) -> None:
    """Beside servers that are at the table."""
    at = await split()
    await half_an_import(at.table)
    async with PostgresStore(at.table.database) as store:
        campaign = CampaignId(UUID(at.table.campaign))
        assert await import_map_file(store, campaign, UserId(at.table.dm.user_id), as_bytes(FILE)) == 12_000
    await at.table.sockets["dm"].until("map:imports", when=lambda message: message["imports"] == [])
    assert set(parts_in_log(at.table).values()) == {1}
    assert len(parts_in_log(at.table)) == 12_000


async def test_another_file_does_not_finish_it(split: SplitMaker) -> None:
    """And an import that is over can't be gone on with; an id that is none is told so."""
    at = await split()
    await half_an_import(at.table)
    query = f"?importId={(await told(at, 5_000, 12_000))['importId']}"
    before = len(at.table.log())
    await send(at.table.dm, at.table, {**FILE, "name": "Another"}, query, expect=409)
    await send(at.table.dm, at.table, query="?importId=7", expect=400)
    assert len(at.table.log()) == before
    await send(at.table.dm, at.table)
    await send(at.table.dm, at.table, query=query, expect=409)


async def test_it_is_taken_back(split: SplitMaker) -> None:
    """The map is as before, but for what was changed since; who is told live knows the same as who comes anew."""
    at = await split("Ada")
    table = at.table
    await send(table.dm, table, {**a_map_file(3_000), "name": "Old", "orientation": "pointy"})
    await table.sockets["dm"].send("hex:reveal", hexKeys=["-200,0", "0,20"], targets="all")
    await table.sockets["dm"].until("hex:revealed")
    before = await the_map(table.dm, table)
    players = await the_map(table.players["Ada"], table)
    await half_an_import(table, parts=3)
    (one,) = (await the_map(table.dm, table))["imports"]
    await table.sockets["dm"].send("hex:update", id="u", changes=[{"key": "-199,0", "terrain": "lava"}])
    await table.sockets["dm"].until("ack")
    table.dm.url = at.there
    taken = await table.dm.call("DELETE", address(table, f"/imports/{one['importId']}"))
    assert taken == {"hexes": one["hexes"] - 1}
    after = await the_map(table.dm, table)
    for hex_ in before["hexes"]:
        if hex_["key"] == "-199,0":
            hex_ |= {"terrain": "lava", "terrainVariant": None}
    assert after == before
    assert await the_map(table.players["Ada"], table) == players
    last = await table.sockets["dm"].until("map:imports", when=lambda message: message["imports"] == [])
    gone = {key for message in table.sockets["dm"].seen for key in message.get("gone", [])}
    assert "0,20" not in gone
    assert len(gone) == one["hexes"] - 3_000 - 1
    assert last["eventId"]
    await table.dm.call("DELETE", address(table, f"/imports/{one['importId']}"), expect=404)
    await send(table.dm, table)


async def test_who_may_not_takes_nothing_back(split: SplitMaker) -> None:
    """A player is told that, and of an import that is unknown everybody hears the same."""
    at = await split("Ada")
    await half_an_import(at.table)
    (one,) = (await the_map(at.table.dm, at.table))["imports"]
    await at.table.players["Ada"].call("DELETE", address(at.table, f"/imports/{one['importId']}"), expect=403)
    for unknown in (at.table.campaign, "7"):
        await at.table.dm.call("DELETE", address(at.table, f"/imports/{unknown}"), expect=404)
    assert (await the_map(at.table.dm, at.table))["imports"] == [one]


async def test_two_at_two_servers_store_each_part_once(split: SplitMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is second waits, and goes on where the first one stops, or is told that the import is over."""
    monkeypatch.setattr("transport.maps.parts.STILL_SECONDS", 0.2)
    at = await split("Co")
    co = at.table.players["Co"]
    await at.table.dm.call("PATCH", f"/api/campaigns/{at.table.campaign}/members/{co.user_id}", {"role": "dm"})
    co.url = at.there
    await half_an_import(at.table)
    (one,) = (await the_map(at.table.dm, at.table))["imports"]
    query = address(at.table, f"?importId={one['importId']}")

    async def upload(person: Person) -> int:
        async with person.http.post(f"{person.url}{query}", json=FILE) as answer:
            return answer.status

    with slow_log(at.table.database):
        statuses = await asyncio.gather(upload(at.table.dm), upload(co), upload(co))
    assert 200 in statuses
    assert set(statuses) <= {200, 409}
    assert set(parts_in_log(at.table).values()) == {1}
    assert len(parts_in_log(at.table)) == 12_000


async def test_a_large_import_is_taken_back_in_parts(split: SplitMaker) -> None:
    """None of them is larger than a part of an import."""
    at = await split()
    await half_an_import(at.table, a_map_file(MAX_MAP_HEXES), parts=8)
    (one,) = (await the_map(at.table.dm, at.table))["imports"]
    assert (one["hexes"], one["of"]) == (40_000, MAX_MAP_HEXES)
    assert await at.table.dm.call("DELETE", address(at.table, f"/imports/{one['importId']}")) == {"hexes": 40_000}
    found = await the_map(at.table.dm, at.table)
    assert (found["hexes"], found["gridWidth"], "imports" in found) == ([], 0, False)
    sizes = [len(data["changes"]) for *_, data in at.table.log() if data["part"]["takes_back"]]
    assert (sum(sizes), max(sizes)) == (40_000, 5_000)


async def test_a_server_that_was_killed_leaves_no_hole(database: str) -> None:
    """The file that was on its way is sent again at another server: each hex is in the log once."""
    doomed, other = ServerProcess(database), ServerProcess(database)
    async with AsyncExitStack() as stack:
        for server in (doomed, other):
            await server.start()
            stack.push_async_callback(server.kill)
        table = await stack.enter_async_context(a_table(other.url, database, ()))
        table.dm.url = doomed.url
        with slow_log(database):
            upload = asyncio.create_task(send(table.dm, table))
            await table.sockets["dm"].until("map:imports")
            await doomed.kill()
            with suppress(aiohttp.ClientError, OSError):
                await upload
        table.dm.url = other.url
        (one,) = (await the_map(table.dm, table))["imports"]
        assert 0 < one["hexes"] < one["of"]
        assert await send(table.dm, table) == {"hexes": 12_000}
        assert parts_in_log(table) == {f"{hexagon['q']},{hexagon['r']}": 1 for hexagon in FILE["hexes"]}
        assert "imports" not in await the_map(table.dm, table)


@contextmanager
def slow_log(database: str) -> Iterator[None]:
    """Each event takes a second to be stored, so that there is time for something to happen between two."""
    slow = "create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(1); return new; end'"
    with psycopg.connect(database, autocommit=True) as sql:
        sql.execute(slow)
        sql.execute("create trigger slow before insert on event_log for each row execute function slow()")
        yield
        sql.execute("drop trigger slow on event_log")
