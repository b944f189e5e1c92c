"""A campaign is closed, and then purged, by whoever runs the server, while others play."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.ids import CampaignId
from domain.refusals import Refused
from tests.end_to_end.peers import PATIENCE, Table, a_table
from tests.end_to_end.test_cli import fogbound
from tests.end_to_end.test_forget import where_it_stands
from tests.projections.postgres.kit import feed
from transport.cli import looking_back as verbs
from transport.cli import operations
from transport.cli.errors import CommandFailed
from transport.cli.purging import purge
from transport.server.server import running
from transport.settings import Settings


async def an_evening(table: Table) -> None:
    """Something in every table of the analysts."""
    commands: list[tuple[str, dict[str, object]]] = [
        ("session:start", {}),
        ("hex:update", {"changes": [{"key": "1,1", "terrain": "forest"}]}),
        ("broadcast:mode", {"mode": "staged"}),
        ("hex:reveal", {"hexKeys": ["1,1"], "targets": "all"}),
        ("broadcast:publish", {}),
    ]
    for number, (type_, fields) in enumerate(commands):
        await table.sockets["dm"].send(type_, id=f"{number}", **fields)
        await table.sockets["dm"].until("ack")
    await feed(table.database)


class Operator:
    """Whoever runs the server, and what they are about to do to a campaign."""

    def __init__(self, table: Table) -> None:
        self.settings = Settings(database_url=table.database)
        self.campaign = CampaignId(UUID(table.campaign))

    async def close(self) -> None:
        await operations.close_campaign(self.settings, self.campaign)

    async def purge(self, *, is_sure: bool = True) -> None:
        await purge(self.settings, self.campaign, is_sure=is_sure)


async def test_closed_and_purged_while_another_table_plays(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Closing leaves the log whole and no name; purging leaves nothing; the other table plays on, and keeps all."""
    archive = tmp_path / "archive"
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(
            running(Settings(port=0, leave_grace_seconds=0.1, analytics=False), database)
        )
        table = await stack.enter_async_context(a_table(url, database, ("Ada",)))
        other = await stack.enter_async_context(a_table(url, database, ("Bo",)))
        operator = Operator(table)
        for one in (table, other):
            await an_evening(one)
        await verbs.archive(operator.settings, operator.campaign, archive, with_names=True)
        kept, before = where_it_stands(database, other.campaign), table.log()

        with pytest.raises(CommandFailed, match="close it first"):
            await operator.purge()
        await operator.close()
        for socket in table.sockets.values():
            assert await socket.close_code() == 4003
        # Whoever was at the table when it was closed has left it a moment later.
        async with asyncio.timeout(PATIENCE):
            while table.topics().count("player_left") < 2:  # noqa: ASYNC110 - it is the server's doing
                await asyncio.sleep(0.02)
        assert table.log()[: len(before)] == before
        stands = where_it_stands(database, table.campaign)
        assert {"public.event_log", "public.campaign", "analytics.reveal", "analytics.session"} <= stands
        assert "public.member" not in stands
        capsys.readouterr()
        await operations.list_campaigns(operator.settings)
        assert [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()] == [other.campaign]
        await operations.list_closed_campaigns(operator.settings)
        assert [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()] == [table.campaign]
        with pytest.raises(CommandFailed, match="There is no campaign"):
            await operator.close()
        with pytest.raises(Refused, match="purge it first"):
            await verbs.restore(operator.settings, archive)
        with pytest.raises(CommandFailed, match="say --yes"):
            await operator.purge(is_sure=False)
        assert table.log()[: len(before)] == before

        playing = asyncio.create_task(play_on(other))
        await operator.purge()
        assert await playing
        for _ in range(2):
            assert where_it_stands(database, table.campaign) == set()
            assert where_it_stands(database, other.campaign) == kept
            await feed(database)
        await verbs.restore(operator.settings, archive)
        assert table.log() == before


async def test_a_log_that_no_campaign_knows_can_be_purged(database: str) -> None:
    """As it is left where a backup was put back and the people are of today; nothing at all is no campaign."""
    async with running(Settings(port=0), database) as url, a_table(url, database, ()) as table:
        await an_evening(table)
        operator = Operator(table)
    with psycopg.connect(database, autocommit=True) as sql:
        sql.execute("delete from campaign where campaign_id = %s", (table.campaign,))
    await operator.purge()
    assert where_it_stands(database, table.campaign) == set()
    with pytest.raises(CommandFailed, match="There is no campaign"):
        await operator.purge()


async def play_on(table: Table) -> bool:
    """Whether everything is acknowledged, be it that it waits for a moment."""
    socket = await table.dm.join(table.campaign)
    for number in range(50):
        await socket.send("hex:reveal", hexKeys=[f"{number},0"], targets="all", id=f"on-{number}")
        if (await socket.until("ack", "error"))["type"] != "ack":
            return False
    return True


async def test_the_log_is_locked_again(database: str) -> None:
    """After a purge, and after one that fails, the database refuses every change of the log as before."""
    async with running(Settings(port=0), database) as url, a_table(url, database, ()) as table:
        await an_evening(table)
        operator = Operator(table)
        await operator.close()
    with psycopg.connect(database, autocommit=True) as sql:
        sql.execute("create table of_another_version (campaign_id uuid)")
        sql.execute("insert into of_another_version values (%s)", (table.campaign,))
        sql.execute("create function no() returns trigger language plpgsql as $$ begin raise 'no'; end $$")
        sql.execute("create trigger no before delete on campaign for each row execute function no()")
        with pytest.raises(psycopg.errors.RaiseException):
            await operator.purge()
        assert len(table.log()) == 5
        assert_append_only(sql)
        sql.execute("drop trigger no on campaign")
        await operator.purge()
        assert where_it_stands(database, table.campaign) == set()
        assert_append_only(sql)


def assert_append_only(sql: psycopg.Connection[tuple[object, ...]]) -> None:
    for change in ("delete from event_log", "update event_log set version = version", "truncate event_log"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            sql.execute(change.encode())


async def test_only_the_owner_purges(database: str) -> None:
    """Who may do everything with the rows can't, and is told so in a line."""
    async with running(Settings(port=0), database) as url, a_table(url, database, ()) as table:
        await an_evening(table)
        closing = asyncio.to_thread(fogbound, "campaign", "close", table.campaign, DATABASE_URL=database)
        assert (await closing).stdout.startswith(f"The campaign {table.campaign} is closed.")
    role = f"writer_{uuid4().hex}"
    with psycopg.connect(database, autocommit=True) as sql:
        sql.execute(f"create role {role} login".encode())
        try:
            for schema in ("public", "analytics_tables"):
                sql.execute(f"grant usage on schema {schema} to {role}".encode())
                sql.execute(f"grant all on all tables in schema {schema} to {role}".encode())
            poorer = database.replace("fogbound@", f"{role}@")
            purging = asyncio.to_thread(fogbound, "campaign", "purge", table.campaign, "--yes", DATABASE_URL=poorer)
            done = await purging
            assert (done.returncode, done.stderr) == (1, "fogbound: Only the owner of the tables may do this\n")
        finally:
            sql.execute(f"drop owned by {role}".encode())
            sql.execute(f"drop role {role}".encode())
