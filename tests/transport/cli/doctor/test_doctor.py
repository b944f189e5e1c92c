"""What the doctor says of databases that are well and of such that are not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from migrations.runner import migrate
from tests.access import Kept, access_of, logins, signed_in_as
from tests.conftest import database_name, fresh_database
from transport.cli.analyst_accounts import create_analyst
from transport.cli.doctor import checks
from transport.cli.doctor.checks import examine
from transport.cli.doctor.finding import Finding
from transport.cli.doctor.verb import doctor
from transport.cli.errors import CommandFailed
from transport.server.server import running
from transport.settings import Settings


async def of(url: str) -> dict[str, Finding]:
    return {finding.what: finding for finding in await examine(url)}


def do(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


async def test_a_database_that_is_well(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    """All is ok but for the care that the server of the tests does without, and for its one user."""
    migrate(database)  # else it is a copy
    found = await of(database)
    ill = {finding.what: finding.verdict for finding in found.values() if finding.verdict != "ok"}
    assert ill == {"fsync": "wrong", "full_page_writes": "wrong", "synchronous_commit": "look", "role": "look"}
    assert not await doctor(Settings(database_url=database))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(found)
    assert any(line.startswith("wrong  fsync") for line in lines)


async def test_where_nothing_can_be_written_nothing_is_tried(database: str) -> None:
    """A database that takes no changes is told from one that is broken."""
    name = conninfo_to_dict(database)["dbname"]
    do(database, f'alter database "{name}" set default_transaction_read_only = on')
    found = await of(database)
    assert found["takes changes"].verdict == "wrong"
    assert not {"line", "commit", "log"} & found.keys()


async def test_settings_that_cost_something(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them is named."""
    name = conninfo_to_dict(database)["dbname"]
    do(database, f'alter database "{name}" set synchronous_commit = off')
    monkeypatch.setattr(checks, "time", lambda: 1_000.0)
    monkeypatch.setattr(checks, "CONNECTIONS", 1_000_000)
    monkeypatch.setattr(checks, "SLOW_COMMIT", 0.0)
    monkeypatch.setattr(checks, "OLDEST", 990_000)
    found = await of(database)
    assert {what: found[what].verdict for what in ("synchronous_commit", "clock", "connections")} == {
        "synchronous_commit": "look",
        "clock": "look",
        "connections": "look",
    }
    assert found["commit"].verdict == "look"
    assert found["version"].verdict == "wrong"


async def test_a_log_that_could_be_changed(database: str) -> None:
    """Somebody switched the trigger off."""
    do(database, "alter table event_log disable trigger event_log_refuses_change")
    assert (await of(database))["log"].verdict == "wrong"


async def test_tables_that_are_not_there(server_url: str, migrated_template: str, database: str) -> None:
    """An empty database, and one from which a newer program took something away."""
    with fresh_database(server_url, migrated_template) as newer:
        do(newer, "insert into schema_migrations (number, name, sha256) values (9000, '9000_contract_log.sql', 'x')")
        assert "newer program" in (await of(newer))["tables"].said
    do(database, "drop table schema_migrations")
    assert "fogbound migrate" in (await of(database))["tables"].said


async def test_a_login_of_its_own_is_well(kept: Kept) -> None:
    """What the owner is no superuser for, an administrator has to close, and is told so."""
    found = await of(kept.server_url)
    assert found["role"].verdict == "ok"
    assert found["schema public"].verdict == "ok"
    assert found["analysts"].verdict == "look"
    assert "make large objects" in found["analysts"].said
    assert "temporary" not in found["analysts"].said
    migrate(kept.admin_url)
    assert (await of(kept.server_url))["analysts"].verdict == "ok"


async def test_a_login_that_can_be_no_server(database: str) -> None:
    """It is told which role to ask for."""
    with logins(database, guest="") as names:
        do(database, f"grant connect on database {database_name(database)} to {names['guest']}")
        found = await of(signed_in_as(database, names["guest"]))
        assert found["tables"].verdict == "wrong"
        assert "grant fogbound_server_" in found["tables"].said
        server = access_of(database).server_role
        do(database, f"grant {server} to {names['guest']}")
        assert (await of(signed_in_as(database, names["guest"])))["role"].verdict == "ok"
    do(database, "update database_access set server_role = 'nobody'")
    assert (await of(database))["role"].verdict == "wrong"


async def test_a_schema_in_which_everybody_creates(database: str) -> None:
    """As up to PostgreSQL 14; and what somebody has left there."""
    do(database, "grant create on schema public to public")
    with logins(database, mal=f"in role {access_of(database).analyst_role}") as names:
        do(signed_in_as(database, names["mal"]), "create function public.mine() returns integer return 1")
        found = await of(database)
        assert found["schema public"].verdict == "wrong"
        assert "revoke create on schema public from public" in found["schema public"].said
        assert f"function mine of {names['mal']}" in found["schema public"].said


async def test_a_copy_of_another_database(database: str) -> None:
    """Its analysts are those of the original, until it is migrated."""
    assert "copy" in (await of(database))["analysts"].said
    migrate(database)
    assert (await of(database))["analysts"].verdict == "ok"


async def test_analysts_who_could_be_in_the_way(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    """An administrator made one and forgot the limits; the owner made one, before a superuser's help and after."""
    with logins(kept.admin_url, eve=f"in role {access_of(kept.admin_url).analyst_role}") as names:
        said = (await of(kept.server_url))["analysts"].said
        assert f"can't be ended of {names['eve']}:" in said
        assert f"alter role {names['eve']} set temp_file_limit" in said
    name = f"ines_{uuid4().hex[:12]}"
    owner = Settings(database_url=kept.server_url, owner_url=kept.owner_url)
    for said_of_disk in (True, False):
        create_analyst(owner, name)
        capsys.readouterr()
        said = (await of(kept.server_url))["analysts"].said
        assert ("may fill the disk" in said) == said_of_disk
        assert "can't be ended" not in said
        do(kept.admin_url, f"drop role {name}")
        migrate(kept.admin_url)


async def test_living_servers_are_counted(database: str) -> None:
    async with running(Settings(port=0), database):
        assert (await of(database))["servers"].said == "1 live on it"


async def test_without_a_database() -> None:
    with pytest.raises(CommandFailed, match="cannot be reached"):
        await doctor(Settings(database_url="postgresql://localhost:1/nothing"))


async def test_a_pooler_in_between(database: str) -> None:
    """It gives each transaction whichever connection is free."""
    async with a_pooler(database) as pooled:
        found = await of(pooled)
    assert found["line"].verdict == "wrong"
    assert found["takes changes"].verdict == "ok"


@asynccontextmanager
async def a_pooler(url: str) -> AsyncIterator[str]:
    """One connection to the server for all clients, who get it for a transaction each."""
    socket = conninfo_to_dict(url)
    path = f"{socket['host']}/.s.PGSQL.{socket.get('port', 5432)}"
    server_reader, server_writer = await asyncio.open_unix_connection(path)
    greeting = bytearray()
    turn = asyncio.Lock()

    async def messages(reader: asyncio.StreamReader) -> bytes:
        """What is said up to ReadyForQuery, without notifications: nobody knows for whom they are."""
        said = bytearray()
        while True:
            head = await reader.readexactly(5)
            body = await reader.readexactly(int.from_bytes(head[1:]) - 4)
            if head[:1] != b"A":
                said += head + body
            if head[:1] == b"Z":
                state.append(body)
                return bytes(said)

    state: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = int.from_bytes(await reader.readexactly(4))
        start = await reader.readexactly(length - 4)
        async with turn:
            if not greeting:
                server_writer.write(length.to_bytes(4) + start)
                greeting.extend(await messages(server_reader))
        writer.write(greeting)
        while (kind := await reader.read(1)) not in (b"", b"X"):
            async with turn:
                while True:
                    size = await reader.readexactly(4)
                    server_writer.write(kind + size + await reader.readexactly(int.from_bytes(size) - 4))
                    if kind in (b"Q", b"S"):
                        writer.write(await messages(server_reader))
                        if state[-1] == b"I":
                            break
                    kind = await reader.readexactly(1)
        writer.transport.abort()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listener:
        host, port = listener.sockets[0].getsockname()[:2]
        try:
            yield make_conninfo(url, host=host, port=port, sslmode="disable", gssencmode="disable")
        finally:
            server_writer.transport.abort()
            await asyncio.sleep(0.01)  # the transports close
