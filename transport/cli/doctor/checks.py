"""What is looked at: each check is a finding or several, in words for whoever has to mend it."""

from __future__ import annotations

import asyncio
from statistics import median
from time import perf_counter, time
from typing import Any, NamedTuple
from uuid import uuid4

import psycopg
from psycopg import errors
from psycopg.rows import class_row

from domain.postgres.session import begin_session
from domain.sql import load_statements
from migrations.errors import DatabaseSetupError
from migrations.runner import CONNECT_SECONDS, pending
from transport.analytics.warden import FULLEST_QUEUE
from transport.cli.doctor.finding import Finding, found
from transport.cli.doctor.rights import rights

OLDEST = 140_000
CONNECTIONS = 19
"""That a server takes at most: one each to append, listen, and feed the analysts; four each to read, ask, meet, and
look back."""

SKEW_SECONDS = 1.0
COMMITS = 20
SLOW_COMMIT = 0.02
HEARD_SECONDS = 2.0
TAKES_CHANGES = "takes changes"

_SQL = load_statements("transport.cli.doctor", "doctor.sql")

Connection = psycopg.AsyncConnection[Any]


class _Server(NamedTuple):
    version_number: int
    version: str
    fsync: str
    full_page_writes: str
    synchronous_commit: str
    is_read_only: bool
    free_connections: int
    clock: float


async def examine(url: str) -> list[Finding]:
    """Raises psycopg.OperationalError when the database cannot be reached."""
    async with await psycopg.AsyncConnection.connect(
        url, autocommit=True, connect_timeout=CONNECT_SECONDS
    ) as connection:
        settings = await _settings(connection)
        if any(finding.what == TAKES_CHANGES and finding.verdict != "ok" for finding in settings):
            return settings  # where nothing can be written the rest can't be tried
        tables = await _tables(url)
        if tables.verdict != "ok":
            return [*settings, tables]
        allowed = await rights(connection)
        if allowed[0].verdict == "wrong":
            return [*settings, tables, *allowed]
        return [
            *settings,
            await _line(url, connection),
            await _notifications(connection),
            await _commits(connection),
            tables,
            *await _log(connection),
            *allowed,
        ]


async def _settings(connection: Connection) -> list[Finding]:
    asked = time()
    async with connection.cursor(row_factory=class_row(_Server)) as cursor:
        server = await (await cursor.execute(_SQL["server"])).fetchone()
    assert server is not None
    # The server read its clock somewhere between the question and the answer.
    skew = max(asked - server.clock, server.clock - time(), 0.0)
    return [
        found(server.version_number >= OLDEST, "version", server.version, "14 or newer is needed"),
        found(server.fsync == "on", "fsync", server.fsync, "a power cut loses what was acknowledged: turn it on"),
        found(
            server.full_page_writes == "on",
            "full_page_writes",
            server.full_page_writes,
            "a power cut can leave torn pages: turn it on",
        ),
        found(
            server.synchronous_commit not in ("off", "local"),
            "synchronous_commit",
            server.synchronous_commit,
            "our servers insist on `on` for the log; accounts and invites go by this setting",
            otherwise="look",
        ),
        found(not server.is_read_only, TAKES_CHANGES, "yes", "it is a standby, or read-only"),
        found(
            server.free_connections >= CONNECTIONS,
            "connections",
            f"{server.free_connections} are free",
            f"a server takes up to {CONNECTIONS}, and only {server.free_connections} are free: raise max_connections",
            otherwise="look",
        ),
        found(
            skew <= SKEW_SECONDS,
            "clock",
            "the same as here",
            f"{skew:.1f} s off from here: events and leases go by the database's clock",
            otherwise="look",
        ),
    ]


async def _line(url: str, connection: Connection) -> Finding:
    """Whether a connection is one, and not shared by a pooler: what a session sets, listens to or locks must stay."""
    channel = f"fogbound_doctor_{uuid4().hex}"
    await connection.execute(f"listen {channel}")
    async with await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS) as other:
        await begin_session(other)
        async with connection.transaction():
            ours = await _backend(connection)
        async with other.transaction():
            theirs = await _backend(other)
        try:
            await other.execute("select pg_notify(%s, '')", (channel,))
        except errors.ProgramLimitExceeded:
            await connection.execute(f"unlisten {channel}")
            return Finding("look", "line", "could not be tried: nobody can notify while the queue is full")
    heard = [said async for said in connection.notifies(timeout=HEARD_SECONDS, stop_after=1)]
    await connection.execute(f"unlisten {channel}")
    return found(
        ours != theirs and bool(heard),
        "line",
        "a session of its own, and notifications arrive",
        "a pooler shares connections between transactions: use its session mode, or go past it",
    )


async def _backend(connection: Connection) -> int:
    row = await (await connection.execute("select pg_backend_pid()")).fetchone()
    assert row is not None
    return int(row[0])


async def _commits(connection: Connection) -> Finding:
    taken = []
    for _ in range(COMMITS):
        start = perf_counter()
        await connection.execute(_SQL["write"])
        taken.append(perf_counter() - start)
    usual = median(taken)
    return found(
        usual <= SLOW_COMMIT,
        "commit",
        f"{1000 * usual:.1f} ms",
        f"{1000 * usual:.1f} ms: everybody waits for it with each command",
        otherwise="look",
    )


async def _notifications(connection: Connection) -> Finding:
    [[usage]] = await (await connection.execute(_SQL["queue_usage"])).fetchall()
    return found(
        usage < FULLEST_QUEUE,
        "notifications",
        "their queue has room",
        f"their queue is {usage:.0%} full: end whoever listens and keeps a transaction open. From 75 % on servers "
        "learn of each other's events by looking alone, a second later",
        otherwise="look",
    )


async def _tables(url: str) -> Finding:
    try:
        missing = await asyncio.to_thread(pending, url)
    except DatabaseSetupError as problem:
        return Finding("wrong", "tables", str(problem))
    return found(not missing, "tables", "up to date", f"{len(missing)} migrations are missing: run `fogbound migrate`")


async def _log(connection: Connection) -> list[Finding]:
    [[refuses]] = await (await connection.execute(_SQL["refuses_change"])).fetchall()
    [[living]] = await (await connection.execute(_SQL["living"])).fetchall()
    [[aside, first]] = await (await connection.execute(_SQL["set_aside"])).fetchall()
    return [
        found(refuses == 1, "log", "append-only", "the trigger that refuses changes is off or gone"),
        Finding("ok", "servers", f"{living} live on it"),
        found(
            aside == 0,
            "analysts' tables",
            "they go on with all campaigns",
            f"they do not go on with {aside} of the campaigns, such as {first}: analytics.set_aside says why, and "
            "`fogbound project --once` tries again",
            otherwise="look",
        ),
    ]
