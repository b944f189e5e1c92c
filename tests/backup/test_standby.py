"""docs/standby.md keeps its word: its blocks are run while people play."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random

import psycopg
import pytest
from psycopg import sql

from tests.access import access_of
from tests.backup.database_host import RESTORED_PORT, DatabaseHost, url
from tests.backup.test_backup import column, more, paste, played, until, violations
from tests.docs.pages import page
from tests.end_to_end.peers import a_table
from tests.end_to_end.server_process import ServerProcess
from tests.faults.evening import an_evening
from transport.rehearsal.verdict import judge

STANDBY = page("docs/standby.md")
SERVERS = 2


@pytest.fixture
def host(tmp_path: Path) -> Iterator[DatabaseHost]:
    """A machine with a database, and the place for a second one."""
    with DatabaseHost.running(tmp_path.name) as running:
        # Where a restored one would be: that is ended too.
        running.shell.variables |= {"STANDBY": str(running.restored), "STANDBY_PORT": RESTORED_PORT}
        yield running


@asynccontextmanager
async def servers(host: DatabaseHost) -> AsyncIterator[list[ServerProcess]]:
    """That know both databases, as the page says."""
    (database,) = re.findall("fogbound@first,second(/.*)'", "".join(STANDBY.examples("sh")))
    place = f"&host={host.folder},{host.folder}&port={host.shell.variables['PGPORT']},{RESTORED_PORT}"
    user = host.shell.variables["PGUSER"]
    async with AsyncExitStack() as stack:
        running = [ServerProcess(f"postgresql://{user}@{database}{place}") for _ in range(SERVERS)]
        for server in running:
            stack.push_async_callback(server.kill)
            await server.start()
        yield running


async def is_followed(host: DatabaseHost) -> None:
    await until(lambda: column(host.url, "select sync_state from pg_stat_replication") == ["sync"])


async def test_the_second_takes_over_and_nothing_is_lost(host: DatabaseHost, seed: int) -> None:
    """After a kill -9 of the first, whose disk is gone, the same servers go on: all that was acknowledged is there."""
    copy, wait = STANDBY.section("Set it up").examples("bash")
    (promote,) = STANDBY.section("When the first is gone").examples("bash")
    async with (
        servers(host) as (one, other),
        an_evening(one.url, Random(seed)) as evening,
        an_evening(other.url, Random(seed)) as elsewhere,
        a_table(one.url, host.url, ()) as table,
    ):
        async with played(evening, elsewhere):
            await more(evening)
            await paste(host, copy, wait)
            await is_followed(host)
            await more(evening)
            await asyncio.to_thread(host.lose)
            await paste(host, promote)
            for each in (evening, elsewhere):
                await more(each)
        for each in (evening, elsewhere):
            assert (await judge(each.company, host.restored_url)).mismatches == []
        assert violations(host.restored_url, evening, elsewhere) == []
        # Its socket was open all the time.
        await table.sockets["dm"].send("hex:reveal", id="then", hexKeys=["1,1"], targets="all")
        event_id = (await table.sockets["dm"].until("ack"))["eventId"]
        assert column(host.restored_url, "select event_id::text from event_log order by position desc limit 1") == [
            event_id
        ]
        for server in (one, other):
            assert await server.terminate() == 0


async def test_analysts_ask_a_second_one(host: DatabaseHost, seed: int) -> None:
    """Each view says there what it says at the first, as an analyst sees it; nobody can change anything."""
    copy, _ = STANDBY.section("Set it up").examples("bash")
    (ask,) = STANDBY.section("For analysts").examples("bash")
    await paste(host, copy)
    async with servers(host) as (server, _), an_evening(server.url, Random(seed)) as evening:
        async with played(evening):
            await more(evening)
        head = "select max(position) from event_log"
        behind = "select 1 from analytics.progress where position < (select max(position) from event_log)"
        await until(lambda: not column(host.url, behind))
        await until(lambda: column(host.restored_url, head) == column(host.url, head))
        await until(lambda: not column(host.restored_url, behind))
        assert await paste(host, ask)
        first, second = told(host.url), told(host.restored_url)
        assert first["event"]
        assert first["reveal"]
        assert second == first
    doctor = f"FOGBOUND_DATABASE_URL='{url(host.folder, RESTORED_PORT)}' fogbound doctor || true"
    assert re.search("^wrong +takes changes ", await paste(host, doctor), re.MULTILINE)


def told(database: str) -> dict[str, list[str]]:
    """What each view says, to an analyst."""
    with psycopg.connect(database) as connection:
        names = connection.execute("select viewname from pg_views where schemaname = 'analytics' order by 1").fetchall()
        connection.execute(f"set role {access_of(database).analyst_role}")
        return {
            name: sorted(
                row
                for (row,) in connection.execute(
                    sql.SQL("select one::text from {} as one").format(sql.Identifier("analytics", name))
                )
            )
            for (name,) in names
        }


async def test_without_the_second_nothing_is_acknowledged(host: DatabaseHost) -> None:
    """Nobody is told before both have it, nor that it failed before it can't happen any more; then all goes on."""
    copy, wait = STANDBY.section("Set it up").examples("bash")
    start = copy.splitlines()[-1]
    await paste(host, copy, wait)
    async with (
        servers(host) as (one, other),
        a_table(one.url, host.url, ("Ada",)) as table,
        a_table(other.url, host.url, ()) as elsewhere,
    ):
        await is_followed(host)
        dm, ada, other_dm = table.sockets["dm"], table.sockets["Ada"], elsewhere.sockets["dm"]
        await paste(host, 'pg_ctl -D "$STANDBY" -m immediate stop')
        await dm.send("hex:reveal", id="waits", hexKeys=["1,1"], targets="all")
        await asyncio.sleep(0.5)
        await other_dm.send("hex:reveal", id="behind it", hexKeys=["1,1"], targets="all")
        # For longer than a server waits for an answer of its database.
        await asyncio.gather(
            dm.nothing_of("ack", "error", seconds=8),
            ada.nothing_of("hex:revealed", seconds=8),
            other_dm.nothing_of("ack", seconds=8),
        )
        for server in (one, other):
            async with table.dm.http.get(f"{server.url}/readyz") as answer:
                assert answer.status == 503
        assert column(host.url, "select 1 from event_log where command_id in ('waits', 'behind it')") == []
        await paste(host, start)
        assert (await ada.until("hex:revealed"))["hexKeys"] == ["1,1"]
        assert (await dm.until("ack", "error"))["type"] == "ack"
        await until(lambda: column(host.url, "select sync_state from pg_stat_replication") == ["sync"])
        assert (await other_dm.until("ack", "error"))["code"] == "unavailable"
        await other_dm.send("hex:reveal", id="now", hexKeys=["1,1"], targets="all")
        assert (await other_dm.until("ack", "error"))["type"] == "ack"
    assert column(host.url, "select command_id from event_log where command_id is not null order by position") == [
        "waits",
        "now",
    ]
