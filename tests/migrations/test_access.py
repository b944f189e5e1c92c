"""Who may do what in a database: migrations/access/access.sql."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from migrations.errors import MigrationFailed, NotAllowed
from migrations.runner import migrate, pending
from tests.access import Kept, access_of, drop_roles, logins, refusal, signed_in_as
from tests.conftest import database_name, fresh_database, with_database

DENIED = "42501"

EVENT = """
insert into public.event_log (campaign_id, version, event_id, type, schema_version, recorded_at, actor, data)
values (gen_random_uuid(), 1, gen_random_uuid(), 'session_paused', 1, now(), gen_random_uuid(), '{}')
"""


@pytest.fixture
def as_server(database: str) -> Iterator[psycopg.Connection]:
    """A superuser's connection in the server's role."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SQL("set role {}").format(Identifier(access_of(database).server_role)))
        yield connection


@pytest.mark.parametrize(
    "statement",
    [
        "update public.event_log set actor = gen_random_uuid()",
        "delete from public.event_log",
        "truncate public.event_log",
        "delete from public.stored_events",
        "alter table public.event_log disable trigger event_log_refuses_change",
        "drop trigger event_log_refuses_change on public.event_log",
        "alter table public.event_log add column more integer",
        "create trigger t after insert on public.event_log execute function public.take_turn_to_insert()",
        "create rule more as on insert to public.event_log do instead nothing",
        "alter table public.event_log owner to current_user",
        "drop table public.keyframe",
        "create table public.more (a integer)",
        "create function public.more() returns integer language sql return 1",
        "create temporary table more (a integer)",
        "create schema more",
        "delete from public.schema_migrations",
        "update public.database_access set server_role = 'fogbound'",
        "set session_replication_role = replica",
        "create role more",
    ],
)
def test_a_server_changes_nothing_that_is_logged(as_server: psycopg.Connection, statement: str) -> None:
    """Nor any table's shape, nor who may do what."""
    database = as_server.info.dbname
    with psycopg.connect(as_server.info.dsn, dbname=database, autocommit=True) as owner:
        owner.execute(SQL("revoke temporary on database {} from public").format(Identifier(database)))
    assert refusal(as_server, statement) == DENIED


def test_a_server_works_with_every_table(as_server: psycopg.Connection) -> None:
    """Each of them, also one that a later migration makes, is read and written; what is logged is added to."""
    tables = [
        name
        for (name,) in as_server.execute(
            "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
        )
    ]
    assert {"person", "member", "keyframe", "node", "log_turn"} <= set(tables)
    for table in tables:
        assert refusal(as_server, f"select * from public.{table}") is None
        if table not in ("event_log", "schema_migrations", "database_access", "rebuild_turn", "refused_command"):
            assert refusal(as_server, f"delete from public.{table}") is None
    assert refusal(as_server, EVENT) is None


def test_a_new_table_gets_its_rights(database: str) -> None:
    """By the next `fogbound migrate`, which applies no file."""
    with psycopg.connect(database) as connection:
        connection.execute("create table public.later (a integer)")
    assert migrate(database) == []
    with psycopg.connect(database) as connection:
        connection.execute(SQL("set role {}").format(Identifier(access_of(database).server_role)))
        connection.execute("insert into public.later values (1)")


def test_a_copy_has_roles_of_its_own(server_url: str, database: str) -> None:
    """After a migration; those of the original may do nothing in it any more."""
    before = access_of(database)
    migrate(database)
    after = access_of(database)
    assert (after.server_role, after.analyst_role) == (
        f"fogbound_server_{database_name(database)}",
        f"fogbound_analyst_{database_name(database)}",
    )
    with psycopg.connect(database, autocommit=True) as connection:
        for role in (before.server_role, before.analyst_role):
            connection.execute(SQL("set role {}").format(Identifier(role)))
            for relation in ("public.person", "analytics.event", "analytics_tables.session"):
                assert refusal(connection, f"select * from {relation}") == DENIED
            connection.execute("reset role")


def test_analysts_of_one_database_read_no_other(server_url: str, database: str, migrated_template: str) -> None:
    """They do not even get in, though all roles belong to the whole cluster."""
    migrate(database)
    with (
        fresh_database(server_url, migrated_template) as other,
        logins(database, eve=f"in role {access_of(database).analyst_role}") as names,
    ):
        migrate(other)
        with psycopg.connect(signed_in_as(database, names["eve"])) as eve:
            assert eve.execute("select count(*) from analytics.event").fetchone() == (0,)
        with pytest.raises(psycopg.OperationalError, match="CONNECT"):
            psycopg.connect(signed_in_as(other, names["eve"])).close()
        with psycopg.connect(other) as connection:
            connection.execute(SQL("set role {}").format(Identifier(names["eve"])))
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("select * from analytics.event")


def test_the_role_that_all_analysts_had_keeps_nothing(database: str) -> None:
    """It stays, for databases that are not up to date."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("grant usage on schema analytics to fogbound_analyst")
        connection.execute("grant select on all tables in schema analytics to fogbound_analyst")
        connection.execute("alter default privileges in schema analytics grant select on tables to fogbound_analyst")
        migrate(database)
        connection.execute("create view analytics.later as select 1 as a")
        connection.execute("set role fogbound_analyst")
        assert refusal(connection, "select * from analytics.event") == DENIED
        assert refusal(connection, "select * from analytics.later") == DENIED


def test_a_renamed_database_keeps_its_roles(server_url: str, database: str, migrated_template: str) -> None:
    """And another one that gets its old name takes other roles."""
    migrate(database)
    access, old, new = access_of(database), database_name(database), f"renamed_{uuid4().hex}"
    with psycopg.connect(with_database(server_url, "postgres"), autocommit=True) as connection:
        rename = SQL("alter database {} rename to {}")
        connection.execute(rename.format(Identifier(old), Identifier(new)))
        try:
            connection.execute(
                SQL("create database {} template {}").format(Identifier(old), Identifier(migrated_template))
            )
            migrate(database)
            again = access_of(database)
            assert again.server_role.startswith("fogbound_server_oid_")
            assert again.analyst_role.startswith("fogbound_analyst_oid_")
            connection.execute(SQL("drop database {}").format(Identifier(old)))
            drop_roles(connection, [again.server_role, again.analyst_role])
        finally:
            connection.execute(rename.format(Identifier(new), Identifier(old)))
    migrate(database)
    assert access_of(database) == access


def test_a_name_that_is_too_long_for_a_role(server_url: str, migrated_template: str) -> None:
    """The database's number stands for it."""
    name = "long" * 15
    with psycopg.connect(with_database(server_url, "postgres"), autocommit=True) as connection:
        connection.execute(
            SQL("create database {} template {}").format(Identifier(name), Identifier(migrated_template))
        )
        try:
            migrate(with_database(server_url, name))
            access = access_of(with_database(server_url, name))
            assert access.server_role.startswith("fogbound_server_oid_")
        finally:
            connection.execute(SQL("drop database {}").format(Identifier(name)))
        drop_roles(connection, [access.server_role, access.analyst_role])


def test_an_owner_who_may_not_make_roles_is_told_what_to_do(server_url: str) -> None:
    """The sentence is what an administrator runs; then it works."""
    maintenance = with_database(server_url, "postgres")
    name = f"plain_{uuid4().hex[:12]}"
    with logins(maintenance, plain="") as names, psycopg.connect(maintenance, autocommit=True) as admin:
        admin.execute(SQL("create database {} owner {}").format(Identifier(name), Identifier(names["plain"])))
        try:
            url = signed_in_as(with_database(server_url, name), names["plain"])
            with pytest.raises(MigrationFailed, match="may not make roles") as failure:
                migrate(url)
            admin.execute(str(failure.value).partition("run: ")[2].encode())
            assert len(migrate(url)) == 1  # the last file, which goes with the rights
            assert pending(url) == []
            with psycopg.connect(url) as connection:
                connection.execute(SQL("set role {}").format(Identifier(f"fogbound_server_{name}")))
        finally:
            admin.execute(SQL("drop database {}").format(Identifier(name)))
            drop_roles(admin, [f"fogbound_server_{name}", f"fogbound_analyst_{name}"])


def test_a_role_with_rights_of_its_own_is_refused(database: str) -> None:
    """It would be more than a server's."""
    role = f"fogbound_server_{database_name(database)}"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SQL("create role {} createdb").format(Identifier(role)))
        with pytest.raises(MigrationFailed, match=f"{role} has rights over the whole cluster"):
            migrate(database)
        connection.execute(SQL("drop role {}").format(Identifier(role)))


def test_an_owner_is_no_superuser(kept: Kept) -> None:
    """Migrates again and again, and is the only one who does."""
    assert migrate(kept.owner_url) == []
    assert pending(kept.server_url) == []
    with pytest.raises(NotAllowed, match="FOGBOUND_OWNER_URL"):
        migrate(kept.server_url)


def test_who_is_no_server_is_told_so(database: str) -> None:
    """By the one line that `fogbound serve` says."""
    migrate(database)
    with (
        logins(database, guest=f"in role {access_of(database).analyst_role}") as names,
        pytest.raises(NotAllowed, match=f"grant fogbound_server_{database_name(database)} to {names['guest']}"),
    ):
        pending(signed_in_as(database, names["guest"]))
