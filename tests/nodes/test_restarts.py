"""Servers that end, and new ones that take over, while people play."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import psycopg

from migrations.runner import FOLDER, migrate
from tests.end_to_end.peers import Person, Socket, Table, a_table
from transport.server.server import running
from transport.settings import Settings

SETTINGS = {"port": 0, "leave_grace_seconds": 2.0}


async def end(server: AsyncExitStack) -> None:
    """As SIGTERM does."""
    await server.aclose()


async def started(database: str, **settings: object) -> tuple[AsyncExitStack, str]:
    server = AsyncExitStack()
    chosen = Settings(**{**SETTINGS, **settings})  # type: ignore[arg-type]
    return server, await server.enter_async_context(running(chosen, database))


def last_event(socket: Socket) -> str:
    found: str = next(message["eventId"] for message in reversed(socket.seen) if message.get("eventId"))
    return found


async def come_back(table: Table, person: Person, socket: Socket, url: str) -> Socket:
    """After a close with 1001, at another server: all that was missed and nothing anew."""
    assert await socket.close_code() == 1001
    person.url = url
    back = await person.join(table.campaign, last_event(socket))
    assert next(message for message in back.seen if message["type"] == "connected")["resumed"]
    return back


def reveals_told(*sockets: Socket) -> list[str]:
    return [key for socket in sockets for m in socket.seen if m["type"] == "hex:revealed" for key in m["hexKeys"]]


async def play(dm: Socket, done: list[str], enough: asyncio.Event) -> None:
    """Reveals one hex after the other."""
    for number in range(1_000_000):
        await dm.send("hex:reveal", id=str(number), hexKeys=[f"{number},0"], targets="all")
        await dm.until("ack")
        done.append(f"{number},0")
        await asyncio.sleep(0.02)
        if enough.is_set():
            return


async def test_a_rolling_restart_loses_nothing(database: str) -> None:
    """The first server drains while the DM goes on at the second: readyz says no, sockets close one by one with 1001,
    newcomers are sent away, and each player, back at the second, was told everything once. The log knows no departure.
    """
    old, old_url = await started(database, drain_seconds=1.5)
    new, new_url = await started(database)
    async with a_table(new_url, database, ()) as table:
        players = [await Person(old_url, table.new_person().http).sign_up(name) for name in ("Ada", "Bo", "Cy")]
        for player in players:
            await table.invite(player)
        dm = table.sockets["dm"]
        await dm.send("session:start", id="start")
        await dm.until("ack")
        before = [await player.join(table.campaign) for player in players]
        await asyncio.sleep(1.1)  # until each server knows that there is another
        done: list[str] = []
        enough = asyncio.Event()
        playing = asyncio.create_task(play(dm, done, enough))
        for socket in before:
            await socket.until("hex:revealed")
        ending = asyncio.create_task(end(old))
        await asyncio.sleep(0.1)
        await players[0].call("GET", "/readyz", expect=503)
        closings = [asyncio.create_task(come_back(table, *pair, new_url)) for pair in zip(players, before, strict=True)]
        await asyncio.wait(closings, return_when=asyncio.FIRST_COMPLETED)
        late = await Person(old_url, players[0].http).open(table.campaign)
        assert await late.close_code() == 1013
        after = await asyncio.gather(*closings)
        await ending
        await asyncio.sleep(0.2)
        enough.set()
        await playing
        await dm.send("session:pause", id="end")
        for socket in after:
            await socket.until("session:statusChanged")
        for one, other in zip(before, after, strict=True):
            told = reveals_told(one, other)
            assert told == done
        assert "player_left" not in table.topics()
    await end(new)


NEXT_VERSION = """
alter table public.event_log add column hint text;
alter table public.member add column nickname text;
alter table public.campaign add column colour text not null default 'green';
create index event_log_by_actor on public.event_log (actor);
create table public.of_the_next_version (campaign_id uuid primary key references public.campaign (campaign_id));
alter table public.person alter column name type varchar(200);
"""


def with_the_next(folder: Path) -> Path:
    """The migrations that there are, and one more."""
    files = sorted(FOLDER.glob("*.sql"))
    for file in files:
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / f"{len(files) + 1:04d}_next.sql").write_text(NEXT_VERSION)
    return folder


async def test_two_versions_run_side_by_side_over_a_migration(database: str, tmp_path: Path) -> None:
    """A newer program adds to the tables while people play; the older server goes on, and another one starts."""
    old, old_url = await started(database)
    async with a_table(old_url, database, ("Ada",)) as table:
        dm, ada = table.sockets["dm"], table.sockets["Ada"]
        await dm.send("session:start", id="start")
        await dm.until("ack")
        assert len(await asyncio.to_thread(migrate, database, with_the_next(tmp_path))) == 1
        new, new_url = await started(database)
        bo = await Person(new_url, table.new_person().http).sign_up("Bo")
        await table.invite(bo)
        at_bo = await bo.join(table.campaign)
        await dm.send("hex:reveal", id="r", hexKeys=["0,7"], targets="all")
        await dm.until("ack")
        for socket in (ada, at_bo):
            await socket.until("hex:revealed")
        table.dm.url = new_url
        at_dm = await table.dm.join(table.campaign)
        await at_dm.send("hex:update", id="u", changes=[{"key": "0,7", "terrain": "forest"}])
        await at_dm.until("ack")
        await ada.until("hex:updated")
        await table.dm.call("PATCH", f"/api/campaigns/{table.campaign}/members/{bo.user_id}", {"role": "dm"})
        await at_bo.until("session:state")
        with psycopg.connect(database) as sql:
            assert sql.execute("select count(*) from event_log where hint is null").fetchone() == (len(table.log()),)
        await end(new)
    await end(old)
