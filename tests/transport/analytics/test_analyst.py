"""Who reads the tables as an analyst reads nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import cast
from urllib.parse import quote, urlsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from migrations.runner import migrate
from tests.access import Kept, access_of, logins, refusal
from tests.conftest import database_name, with_database
from transport.cli.analyst_accounts import CONNECTIONS, _signed_in

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


def fogbound(database: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "transport.cli", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "FOGBOUND_DATABASE_URL": database, "PAGER": "", **environment},
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
    for reserved in ("postgres", "public", "none", "pg_reader", "fogbound_server_x", "fogbound_analyst"):
        refused = fogbound(database, "analyst", "create", reserved)
        kept = f"fogbound: {reserved} is a name that PostgreSQL or Fogbound keep for themselves\n"
        assert (refused.returncode, refused.stderr) == (1, kept)


def test_analysts_are_listed_renewed_and_dropped(own_database: str, name: str) -> None:
    """By the owner; what was open by the old password, or by the role, ends; others are left alone."""
    url = fogbound(own_database, "analyst", "create", name).stdout.strip()
    assert fogbound(own_database, "analyst", "list").stdout == f"{name}\t0\n"
    with psycopg.connect(url) as before:
        assert fogbound(own_database, "analyst", "list").stdout == f"{name}\t1\n"
        renewed = fogbound(own_database, "analyst", "password", name)
        assert (renewed.returncode, renewed.stderr) == (0, "")
        with pytest.raises(psycopg.OperationalError):
            before.execute("select 1")
    assert renewed.stdout.strip() != url
    with psycopg.connect(renewed.stdout.strip()) as after:
        assert fogbound(own_database, "analyst", "drop", name).stdout == f"{name} is gone\n"
        with pytest.raises(psycopg.OperationalError):
            after.execute("select 1")
    assert fogbound(own_database, "analyst", "list").stdout == ""
    for verb in ("drop", "password"):
        for other in (name, "fogbound", "postgres", access_of(own_database).server_role):
            refused = fogbound(own_database, "analyst", verb, other)
            unknown = f"fogbound: There is no analyst '{other}' of this database: fogbound analyst list\n"
            assert (refused.returncode, refused.stderr) == (1, unknown)


def test_the_owner_needs_no_more_rights_for_that(kept: Kept) -> None:
    """Than making analysts takes: an owner is no superuser as a rule."""
    name = f"reader_{uuid4().hex}"
    for verb in (("create", name), ("password", name), ("list",), ("drop", name)):
        done = fogbound(kept.server_url, "analyst", *verb, FOGBOUND_OWNER_URL=kept.owner_url)
        assert (done.returncode, done.stderr) == (0, ""), verb


@pytest.mark.parametrize("verb", ["drop", "password"])
def test_the_owner_is_no_analyst(kept: Kept, verb: str) -> None:
    """Whoever asks. Who makes a role is a member of it, so the owner is one of the role of the analysts."""
    owner = urlsplit(kept.owner_url).username
    with psycopg.connect(kept.owner_url) as connection:
        member = "select pg_has_role(current_user, %s::name, 'member')"
        assert connection.execute(member, [access_of(kept.owner_url).analyst_role]).fetchone() == (True,)
        for url in (kept.owner_url, kept.admin_url):
            assert fogbound(url, "analyst", "list").stdout == ""
            refused = fogbound(url, "analyst", verb, str(owner))
            unknown = f"fogbound: There is no analyst '{owner}' of this database: fogbound analyst list\n"
            assert (refused.returncode, refused.stdout, refused.stderr) == (1, "", unknown)
        query = "select rolcanlogin from pg_roles where rolname = current_user"
        assert connection.execute(query).fetchone() == (True,)


@pytest.mark.parametrize("more", ["createrole", "in role SERVER", "in role OWNER", "superuser"])
def test_who_is_more_than_an_analyst_is_none(kept: Kept, more: str) -> None:
    """Members of the analysts' role who also serve, make roles, or are the owner by a group."""
    access = access_of(kept.admin_url)
    owner = str(urlsplit(kept.owner_url).username)
    rights = more.replace("SERVER", access.server_role).replace("OWNER", owner)
    with logins(kept.admin_url, both=rights) as names:
        with psycopg.connect(kept.admin_url) as connection:
            group, both = sql.Identifier(access.analyst_role), sql.Identifier(names["both"])
            connection.execute(sql.SQL("grant {} to {}").format(group, both))
        assert fogbound(kept.admin_url, "analyst", "list").stdout == ""
        assert fogbound(kept.admin_url, "analyst", "drop", names["both"]).returncode == 1


def test_why_a_role_is_kept_is_said_shortly(database: str, name: str) -> None:
    """However many objects hold it."""
    fogbound(database, "analyst", "create", name)
    role = sql.Identifier(name)
    with psycopg.connect(database) as connection:
        for number in range(90):
            table = sql.Identifier(f"something_with_a_long_name_{number}")
            connection.execute(sql.SQL("create table {} (a integer)").format(table))
            connection.execute(sql.SQL("alter table {} owner to {}").format(table, role))
    kept = fogbound(database, "analyst", "drop", name)
    assert kept.returncode == 1
    assert kept.stderr.count("\n") == 1
    assert len(kept.stderr) < 600
    with psycopg.connect(database) as connection:
        connection.execute(sql.SQL("drop owned by {}").format(role))


def test_a_role_that_has_more_is_kept_and_shut(database: str, name: str) -> None:
    """It can't sign in any more, and its owner is told what stands against dropping it."""
    fogbound(database, "analyst", "create", name)
    with psycopg.connect(database) as connection:
        connection.execute(sql.SQL("grant select on public.campaign to {}").format(sql.Identifier(name)))
    kept = fogbound(database, "analyst", "drop", name)
    assert kept.returncode == 1
    assert kept.stderr.startswith(f"fogbound: {name} can't sign in any more, but the role stays")
    assert kept.stderr.count("\n") == 1
    with psycopg.connect(database) as connection:
        query = "select rolcanlogin from pg_roles where rolname = %s"
        assert connection.execute(query, [name]).fetchall() == [(False,)]
        connection.execute(sql.SQL("revoke all on public.campaign from {}").format(sql.Identifier(name)))


def test_the_printed_string_says_nothing_of_who_printed_it(database: str, name: str) -> None:
    """Wherever the owner's URL has its user, its password and its options."""
    url = f"{database}&options=-c%20role%3Dnone&user=fogbound&password=secret&application_name=mine"
    made = fogbound(url, "analyst", "create", name)
    assert (made.returncode, made.stderr) == (0, "")
    assert not any(word in made.stdout for word in ("secret", "options", "fogbound@", "user=", "mine"))
    with psycopg.connect(made.stdout.strip()) as connection:
        assert connection.execute("select current_user, current_database()").fetchone() == (
            name,
            database_name(database),
        )


@pytest.mark.parametrize(
    ("place", "theirs"),
    [
        ("postgresql://keeper:pw@db.example/fog?sslmode=require", "eve:x@db.example:5432/fog?sslmode=require"),
        ("host=a,b port=1,2 dbname=fog user=keeper", "eve:x@/fog?host=a%2Cb&port=1%2C2"),
        ("postgresql:///fog?service=main&passfile=/p", "eve:x@/fog?host=%2Frun&port=5432"),
    ],
)
def test_strings_for_others(place: str, theirs: str) -> None:
    """The same place, and nothing else."""

    class Info:
        host, port, dbname = ("db.example" if "db.example" in place else "/run"), 5432, "fog"

    assert _signed_in(place, cast("psycopg.ConnectionInfo", Info), "eve", "x") == f"postgresql://{theirs}"


def test_how_many_connections_an_analyst_has(database: str, name: str) -> None:
    """And how much of the disk."""
    url = fogbound(database, "analyst", "create", name).stdout.strip()
    with ExitStack() as stack:
        for _ in range(CONNECTIONS):
            connection = stack.enter_context(psycopg.connect(url))
            assert connection.execute("show temp_file_limit").fetchone() == ("4GB",)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("set temp_file_limit = -1")
        with pytest.raises(psycopg.OperationalError, match="too many connections for role"):
            psycopg.connect(url)


def test_what_everybody_may_elsewhere(database: str, name: str) -> None:
    """An analyst may not, whatever else the session sets."""
    migrate(database)
    url = fogbound(database, "analyst", "create", name).stdout.strip()
    with psycopg.connect(url, autocommit=True) as eve:
        eve.execute("set default_transaction_read_only = off")
        eve.execute("set statement_timeout = 0")
        for statement in (
            "create temporary table mine (a integer)",
            "select lo_creat(-1)",
            "select lo_from_bytea(0, 'x')",
            "select pg_notify('x', 'y')",
            "select pg_advisory_lock(1)",
            "select pg_logical_emit_message(false, 'x', 'y')",
            "select count(*) from pg_locks",
            "select n_live_tup from pg_stat_user_tables where relname = 'person'",
            "select public.take_turn()",
        ):
            assert refusal(eve, statement) == "42501"


def test_the_shell_is_an_analysts(database: str) -> None:
    """One question, and its answer as psql prints it; what analysts may not read is refused."""
    answer = fogbound(database, "sql", "-c", "select current_user, count(*) from staged_change")
    assert answer.returncode == 0, answer.stderr
    assert f"{access_of(database).analyst_role} |     0" in answer.stdout
    refused = fogbound(database, "sql", "-c", "select * from public.event_log")
    assert refused.returncode == 1
    assert "permission denied for schema public" in refused.stderr


def test_the_shell_runs_all_commands(database: str) -> None:
    """In their order."""
    answer = fogbound(database, "sql", "-c", "select 'first'", "-c", "select 'second'")
    assert answer.returncode == 0, answer.stderr
    assert 0 < answer.stdout.index("first") < answer.stdout.index("second")


OPTIONS = "-c role=none -crole=fogbound -c default_transaction_read_only=off -c work_mem=9MB"


@pytest.mark.parametrize("where", ["url", "environment", "service"])
def test_the_shell_is_an_analysts_whatever_the_options_say(database: str, tmp_path: Path, where: str) -> None:
    """In the URL, in the environment, in a service file; what else they say counts."""
    service = tmp_path / "services"
    service.write_text(f"[fog]\noptions={OPTIONS}\n")
    url, environment = {
        "url": (f"{database}&options={quote(OPTIONS)}", {}),
        "environment": (database, {"PGOPTIONS": OPTIONS}),
        "service": (f"{database}&service=fog", {"PGSERVICEFILE": str(service)}),
    }[where]
    asked = "select current_user, current_setting('default_transaction_read_only'), current_setting('work_mem')"
    answer = fogbound(url, "sql", "-c", asked, **environment)
    assert answer.returncode == 0, answer.stderr
    role, read_only, memory = (word.strip() for word in answer.stdout.splitlines()[2].split("|"))
    assert (role, read_only) == (access_of(database).analyst_role, "on")
    assert memory == ("9MB" if where != "service" else "4MB")


def test_an_analyst_opens_the_shell(database: str, name: str) -> None:
    """With the string that was printed; and nobody opens one on a database without roles."""
    url = fogbound(database, "analyst", "create", name).stdout.strip()
    answer = fogbound(url, "sql", "-c", "select current_user")
    assert name in answer.stdout
    with psycopg.connect(database) as connection:
        connection.execute("drop table database_access")
    refused = fogbound(database, "sql", "-c", "select current_user")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "fogbound migrate" in refused.stderr


@pytest.mark.parametrize("options", ["-c role=none --", "-c search_path=public\\", "-c"])
def test_options_that_would_swallow_ours(database: str, options: str) -> None:
    """PostgreSQL refuses them: nobody gets in as somebody else."""
    answer = fogbound(f"{database}&options={quote(options)}", "sql", "-c", "select current_user")
    assert answer.returncode != 0
    assert "fogbound\n" not in answer.stdout


def test_the_description_is_printed(database: str) -> None:
    """As the document has it."""
    printed = fogbound(database, "spec", "analytics")
    assert printed.returncode == 0
    assert "### `analytics.session`" in printed.stdout
