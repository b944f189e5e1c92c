"""Who is forgotten is nowhere any more, and what happened is as it was."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from uuid import uuid4

import psycopg

from tests.end_to_end.peers import a_table
from tests.projections.postgres.kit import feed
from transport.server.server import running
from transport.settings import Settings

RELATIONS = """
select format('%I.%I', nspname, relname) from pg_class inner join pg_namespace on pg_namespace.oid = relnamespace
where relkind in ('r', 'p', 'v', 'm') and nspname not in ('pg_catalog', 'information_schema')
and nspname not like 'pg_toast%'
"""
NAME = "Philippa Featherstone"


def where_it_stands(database: str, text: str) -> set[str]:
    """The relations with a row that holds the text anywhere."""
    with psycopg.connect(database) as connection:
        relations = [name for (name,) in connection.execute(RELATIONS).fetchall()]
        return {
            name
            for name in relations
            if any(text in row for (row,) in connection.execute(f"select one::text from {name} as one").fetchall())
        }


def forget(database: str, user: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "transport.cli", "forget", user],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "FOGBOUND_DATABASE_URL": database},
    )


async def test_a_player_and_then_the_dm_are_forgotten(database: str) -> None:
    """The name is in no table; the ids stay in the log; others play on; the cookie is worthless."""
    async with running(Settings(port=0), database) as url, a_table(url, database, (NAME, "Bo")) as table:
        player = table.players[NAME]
        await table.sockets["dm"].send("session:start", id="1")
        await table.sockets["dm"].until("ack")
        await table.sockets["dm"].send("hex:reveal", hexKeys=["1,1"], targets={"playerIds": [player.user_id]}, id="2")
        await table.sockets["dm"].until("ack")
        await feed(database)
        assert where_it_stands(database, NAME) == {"public.person"}
        done = await asyncio.to_thread(forget, database, player.user_id)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"{player.user_id} is forgotten.\n"
        assert where_it_stands(database, NAME) == set()
        # The server learns it from the database: the place at the table is gone, and the name from its memory.
        assert await table.sockets[NAME].close_code() in (4001, 4003)
        await table.sockets["dm"].until("player:presence", when=lambda m: len(m["players"]) == 2)
        stands = where_it_stands(database, player.user_id)
        assert {"public.event_log", "analytics.reveal", "analytics.attendance"} <= stands
        assert not stands & {"public.person", "public.member", "public.sign_in", "public.invite"}
        async with player.http.get(f"{url}/api/me") as answer:
            assert answer.status == 401
    async with running(Settings(port=0), database) as url:
        again = await asyncio.to_thread(forget, database, table.dm.user_id)
        assert again.stdout.splitlines()[1] == (
            f"The campaign {table.campaign} has no DM now: fogbound campaign invite {table.campaign} --role dm"
        )
    nobody = str(uuid4())
    failed = await asyncio.to_thread(forget, database, nobody)
    assert (failed.returncode, failed.stderr) == (1, f"fogbound: There is nobody with the id {nobody}\n")
