"""Whether each may do what it has to, and nothing else: servers, analysts, everybody else."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import dict_row

from domain.postgres.session import as_login, begin_session
from domain.sql import load_statements
from transport.cli.doctor.finding import Finding, found

_SQL = load_statements("transport.cli.doctor", "rights.sql")

Connection = psycopg.AsyncConnection[Any]


async def rights(connection: Connection) -> list[Finding]:
    """The connection is the server's from then on, unless the first finding says that it can't be."""
    try:
        await begin_session(connection)
    except psycopg.Error as problem:
        why = problem.diag.message_primary or str(problem)
        return [Finding("wrong", "role", f"the login can't work as a server: {why}")]
    return [await _login(connection), await _public(connection), await _analysts(connection)]


async def _login(connection: Connection) -> Finding:
    async with as_login(connection):
        told = await _row(connection, "login")
    return found(
        not told["is_owner"],
        "role",
        f"{told['login']} works as {told['server_role']}",
        f"servers work as {told['server_role']}, but sign in as {told['login']}, who may change everything. Safer: "
        f"create role fogbound_play login in role {told['server_role']}, and FOGBOUND_OWNER_URL for `fogbound migrate`",
        otherwise="look",
    )


async def _public(connection: Connection) -> Finding:
    told = await _row(connection, "public")
    ill = []
    if told["is_open"]:
        ill.append("everybody may create in it: revoke create on schema public from public")
    if told["strange"]:
        ill.append(f"others have put things there: {', '.join(told['strange'])}")
    return found(not ill, "schema public", "nobody else creates in it", "; ".join(ill))


async def _analysts(connection: Connection) -> Finding:
    async with as_login(connection):
        told = await _row(connection, "login") | await _row(connection, "at_large")
    ill = []
    if told["is_copy"]:
        ill.append("this is a copy of another database, whose analysts read it too: run `fogbound migrate`")
    everybody = await _row(connection, "analysts")
    if everybody["open"]:
        ill.append(f"anybody may {', '.join(everybody['open'])}: let a superuser run `fogbound migrate` once more")
    if told["has_analysts"] and everybody["elsewhere"]:
        places = ", ".join(everybody["elsewhere"])
        ill.append(
            f"analysts may sign in to {places}, and take the locks of all databases from there until a server ends "
            f"their session: revoke connect on database {places} from public"
        )
    if everybody["may_prepare"]:
        ill.append("prepared transactions outlive every session: set max_prepared_transactions to 0")
    if told["endless"]:
        ill.append(
            f"sessions that take too long can't be ended of {', '.join(told['endless'])}: grant each to the owner"
        )
    ill += [
        f"{analyst} may fill the disk: let a superuser run alter role {analyst} connection limit 4, and "
        f"alter role {analyst} set temp_file_limit = '4GB'"
        for analyst in told["boundless"] or ()
    ]
    return found(not ill, "analysts", "read, and are not in the way", "; ".join(ill), otherwise="look")


async def _row(connection: Connection, statement: str) -> dict[str, Any]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        row = await (await cursor.execute(_SQL[statement])).fetchone()
    assert row is not None  # each of them has one
    return row
