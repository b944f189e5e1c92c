"""Who reads the tables: people with a role of their own."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from textwrap import shorten
from urllib.parse import quote, urlencode

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict

from migrations.runner import CONNECT_SECONDS
from transport.analytics.analysts import PRESETS, SQL
from transport.cli.errors import CommandFailed, owner_of
from transport.cli.ready_database import ready_database_for_owner
from transport.settings import Settings

CONNECTIONS = 4
"""Of one analyst at once."""

TEMPORARY_FILES = "4GB"
"""Of one session of an analyst at once. Who may not set it has to let a superuser run `fogbound migrate` once."""

LONGEST_REASON = 300
"""Characters; PostgreSQL names up to a hundred objects."""

_NAME = re.compile("[a-z_][a-z0-9_]{0,62}")
_RESERVED = re.compile("pg_.*|postgres|public|none|fogbound_(server|analyst).*")

_SAME_PLACE = ("host", "hostaddr", "port", "sslmode", "sslrootcert", "channel_binding", "target_session_attrs")
"""What a connection string for somebody else may take over: nothing of who its owner is, or of what that one sets."""


def create_analyst(settings: Settings, name: str) -> None:
    """Prints a connection string. Raises CommandFailed, psycopg.Error."""
    if not _NAME.fullmatch(name):
        raise CommandFailed(f"{name!r} is no name: small letters, digits and _, at most 63, no digit first")
    if _RESERVED.fullmatch(name):
        raise CommandFailed(f"{name} is a name that PostgreSQL or Fogbound keep for themselves")
    password = secrets.token_urlsafe(24)
    with _as_owner(settings) as connection:
        try:
            with connection.transaction():
                _create(connection, name, password)
        except errors.DuplicateObject:
            raise CommandFailed(f"There is a role {name} already") from None
        print(_signed_in(owner_of(settings), connection.info, name, password))


def list_analysts(settings: Settings) -> None:
    """Prints the name of each and how many sessions are open, a line each, separated by a tab."""
    with _as_owner(settings) as connection:
        for name, sessions in connection.execute(SQL["list_analysts"]).fetchall():
            print(name, sessions, sep="\t")


def renew_password(settings: Settings, name: str) -> None:
    """Prints a connection string; the one of before opens nothing any more, and what it opened ends.

    Raises CommandFailed, psycopg.Error.
    """
    password = secrets.token_urlsafe(24)
    with _as_owner(settings) as connection:
        _require_analyst(connection, name)
        connection.execute(
            sql.SQL("alter role {} login password {}").format(
                sql.Identifier(name), sql.Literal(_hashed(connection, name, password))
            )
        )
        connection.execute(SQL["end_sessions"], {"name": name})
        print(_signed_in(owner_of(settings), connection.info, name, password))


def drop_analyst(settings: Settings, name: str) -> None:
    """Ends what they have open, too. Raises CommandFailed, psycopg.Error."""
    with _as_owner(settings) as connection:
        _require_analyst(connection, name)
        # Before the sessions end, and committed: else they could be opened again.
        connection.execute(sql.SQL("alter role {} nologin").format(sql.Identifier(name)))
        connection.execute(SQL["end_sessions"], {"name": name})
        try:
            connection.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))
        except errors.DependentObjectsStillExist as error:
            raise CommandFailed(
                f"{name} can't sign in any more, but the role stays, since it has rights or objects beyond ours: "
                f"{shorten(error.diag.message_detail or '', LONGEST_REASON, placeholder=' ...')}"
            ) from None
    print(f"{name} is gone")


@contextmanager
def _as_owner(settings: Settings) -> Iterator[psycopg.Connection]:
    """Each statement is a transaction. Raises CommandFailed without a database, psycopg.Error."""
    url = ready_database_for_owner(settings)
    with psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS) as connection:
        connection.execute(SQL["begin_session"])
        yield connection


def _require_analyst(connection: psycopg.Connection, name: str) -> None:
    names = [found for found, _ in connection.execute(SQL["list_analysts"]).fetchall()]
    if name not in names:
        raise CommandFailed(f"There is no analyst {name!r} of this database: fogbound analyst list")


def _hashed(connection: psycopg.Connection, name: str, password: str) -> str:
    """Here, and not by the server: the statement may end up in its log."""
    return connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()


def _create(connection: psycopg.Connection, name: str, password: str) -> None:
    role = sql.Identifier(name)
    [(group, is_superuser)] = connection.execute(SQL["analysts_and_maker"]).fetchall()
    connection.execute(
        sql.SQL("create role {} login password {} connection limit {} in role {}").format(
            role, sql.Literal(_hashed(connection, name, password)), sql.Literal(CONNECTIONS), sql.Identifier(group)
        )
    )
    preset = sql.SQL("alter role {} set {} = {}")
    for setting, value in PRESETS.items():
        connection.execute(preset.format(role, sql.Identifier(setting), sql.Literal(value)))
    with suppress(errors.InsufficientPrivilege), connection.transaction():  # else the doctor asks for it
        connection.execute(preset.format(role, sql.Identifier("temp_file_limit"), sql.Literal(TEMPORARY_FILES)))
    if not is_superuser:  # who may end any session
        connection.execute(sql.SQL("grant {} to current_user").format(role))


def _signed_in(url: str, info: psycopg.ConnectionInfo, name: str, password: str) -> str:
    """The same database for somebody else."""
    known = conninfo_to_dict(url)
    place = {"host": info.host, "port": info.port} | {part: known[part] for part in _SAME_PLACE if part in known}
    netloc = f"{quote(name)}:{quote(password)}@"
    if not {"hostaddr"} & place.keys() and re.fullmatch(r"[\w.-]+", str(place["host"])):
        netloc += f"{place.pop('host')}:{place.pop('port')}"
    return f"postgresql://{netloc}/{quote(info.dbname, safe='')}" + (f"?{urlencode(place)}" if place else "")
