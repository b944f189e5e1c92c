"""Who reads the tables as an analyst reads nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from tests.access import access_of
from tests.conftest import with_database

READABLE = """
select format('%I.%I', nspname, relname) from pg_class inner join pg_namespace on pg_namespace.oid = relnamespace
where relkind in ('r', 'p', 'v', 'm', 'f') and nspname not in ('pg_catalog', 'information_schema')
and nspname not like 'pg_toast%'
"""


def test_the_role_reads_analytics_and_nothing_else(database: str) -> None:
    """Of all relations there are: not the log, not people, not sign-ins, not the tables under the views."""
    with psycopg.connect(database) as connection:
        relations = [name for (name,) in connection.execute(READABLE).fetchall()]
        connection.execute(f"set role {access_of(database).analyst_role}")
        allowed = set()
        for name in relations:
            try:
                with connection.transaction():
                    connection.execute(f"select * from {name} limit 1")
                allowed.add(name)
            except psycopg.errors.InsufficientPrivilege:
                continue
    assert {"public.event_log", "public.person", "public.sign_in", "public.member"} <= set(relations)
    assert {"analytics_tables.session", "analytics_tables.checkpoint"} <= set(relations)
    assert allowed == {name for name in relations if name.startswith("analytics.")}
    assert len(allowed) > 15


@pytest.mark.parametrize(
    "statement",
    [
        "insert into analytics.terrain (hex) values ('1,1')",
        "update analytics.session set number = 1",
        "delete from analytics.reveal",
        "create table analytics.mine (a integer)",
        "create table public.mine (a integer)",
        "truncate analytics_tables.session",
        "set role fogbound",
    ],
)
def test_the_role_changes_nothing(database: str, statement: str) -> None:
    """Neither through the views nor beside them."""
    with psycopg.connect(database) as connection:
        connection.execute(f"create role mortal login in role {access_of(database).analyst_role}")
        try:
            connection.execute("set session authorization mortal")
            with pytest.raises(psycopg.Error):
                connection.execute(statement)
        finally:
            connection.rollback()


def fogbound(database: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "transport.cli", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "FOGBOUND_DATABASE_URL": database, "PAGER": ""},
    )


@pytest.fixture
def name(database: str) -> Iterator[str]:
    """Of a role that is gone afterwards: roles belong to the whole server."""
    made = f"reader_{uuid4().hex}"
    yield made
    with psycopg.connect(with_database(database, "postgres")) as connection:
        connection.execute(sql.SQL("drop role if exists {}").format(sql.Identifier(made)))


def test_an_analyst_comes_in_with_the_printed_string(database: str, name: str) -> None:
    """Reads, does not write, has a minute for a question; the password is known to nobody but who was told."""
    made = fogbound(database, "analyst", "create", name)
    assert (made.returncode, made.stderr) == (0, "")
    url = made.stdout.strip()
    with psycopg.connect(url) as connection:
        assert connection.execute("select count(*) from session").fetchone() == (0,)
        assert connection.execute("show statement_timeout").fetchone() == ("1min",)
        assert connection.execute("show default_transaction_read_only").fetchone() == ("on",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from public.person")
    with psycopg.connect(database) as connection:
        (stored,) = connection.execute("select rolpassword from pg_authid where rolname = %s", [name]).fetchone() or (
            "",
        )
    assert stored.startswith("SCRAM-SHA-256$")
    again = fogbound(database, "analyst", "create", name)
    assert (again.returncode, again.stderr) == (1, f"fogbound: There is a role {name} already\n")
    odd = fogbound(database, "analyst", "create", "Bobby; drop")
    assert odd.returncode == 1
    assert odd.stderr.startswith("fogbound: 'Bobby; drop' is no name")


def test_the_shell_is_an_analysts(database: str) -> None:
    """One question, and its answer as psql prints it; what analysts may not read is refused."""
    answer = fogbound(database, "sql", "-c", "select current_user, count(*) from staged_change")
    assert answer.returncode == 0, answer.stderr
    assert f"{access_of(database).analyst_role} |     0" in answer.stdout
    refused = fogbound(database, "sql", "-c", "select * from public.event_log")
    assert refused.returncode == 1
    assert "permission denied for schema public" in refused.stderr


def test_the_description_is_printed(database: str) -> None:
    """As the document has it."""
    printed = fogbound(database, "spec", "analytics")
    assert printed.returncode == 0
    assert "### `analytics.session`" in printed.stdout
