"""Who reads the tables: people with a role of their own, and the operator's shell in their place."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from domain.sql import load_statements
from migrations.errors import BinariesMissing
from migrations.postgres_binaries import find_binaries
from transport.cli_errors import CommandFailed, database_of, owner_of
from transport.settings import Settings

PRESETS = {"default_transaction_read_only": "on", "statement_timeout": "60s", "search_path": "analytics"}
"""What a session begins with. The first two spare the database an accident; what may be read is up to the role."""

CONNECTIONS = 4
"""Of one analyst at once."""

TEMPORARY_FILES = "4GB"
"""Of one session of an analyst at once. Who may not set it has to let a superuser run `fogbound migrate` once."""

_SQL = load_statements("transport.analytics", "analysts.sql")

_NAME = re.compile("[a-z_][a-z0-9_]{0,62}")
_RESERVED = re.compile("pg_.*|postgres|public|none|fogbound_(server|analyst).*")

_SAME_PLACE = ("host", "hostaddr", "port", "sslmode", "sslrootcert", "channel_binding", "target_session_attrs")
"""What a connection string for somebody else may take over: nothing of who its owner is, or of what that one sets."""


def create_analyst(settings: Settings, name: str) -> None:
    """Prints a connection string. Raises CommandFailed."""
    url = owner_of(settings)
    if not _NAME.fullmatch(name):
        raise CommandFailed(f"{name!r} is no name: small letters, digits and _, at most 63, no digit first")
    if _RESERVED.fullmatch(name):
        raise CommandFailed(f"{name} is a name that PostgreSQL or Fogbound keep for themselves")
    password = secrets.token_urlsafe(24)
    try:
        with psycopg.connect(url) as connection:
            connection.execute(_SQL["begin_session"])
            _create(connection, name, password)
            theirs = _signed_in(url, connection.info, name, password)
    except errors.DuplicateObject:
        raise CommandFailed(f"There is a role {name} already") from None
    except psycopg.Error as error:
        raise CommandFailed(f"The database: {error.diag.message_primary or error}") from None
    print(theirs)


def open_shell(settings: Settings, command: str | None) -> None:
    """Goes on as psql. Raises CommandFailed."""
    place = conninfo_to_dict(database_of(settings))
    # The last word on a setting counts: whatever the URL or the environment asks for, this is an analyst's session.
    before = place.pop("options", None) or os.environ.get("PGOPTIONS", "")
    wanted = _role(database_of(settings)) | PRESETS
    options = " ".join([str(before), *(f"-c {name}={_escaped(value)}" for name, value in wanted.items())])
    # Everybody on the machine sees what a program was called with, and not what stands in its environment.
    secret = {"PGPASSWORD": str(place.pop("password"))} if "password" in place else {}
    words = [_psql(), make_conninfo("", **place, options=options), *(["-c", command] if command is not None else [])]
    os.execve(words[0], words, {**os.environ, **secret})


def read_as_analyst(connection: psycopg.Connection[Any]) -> None:
    """From here on the connection reads what analysts may read, whoever has signed in. Raises psycopg.Error."""
    connection.execute(_SQL["begin_session"])
    if connection.execute(_SQL["may_choose"]).fetchone() == (True,):
        connection.execute(_SQL["become"])


def _role(url: str) -> dict[str, str]:
    """The setting that makes an analyst of whoever may choose; who may not is one already. Raises CommandFailed."""
    try:
        with psycopg.connect(url) as connection:
            connection.execute(_SQL["begin_session"])
            choice = connection.execute(_SQL["may_choose"]).fetchone()
            if choice == (False,):
                return {}
            row = connection.execute(_SQL["analyst_role"]).fetchone() if choice else None
    except psycopg.Error as error:
        raise CommandFailed(f"The database: {error.diag.message_primary or error}") from None
    if row is None:
        raise CommandFailed("The database is not up to date: run `fogbound migrate`")
    return {"role": str(row[0])}


def _create(connection: psycopg.Connection, name: str, password: str) -> None:
    # Hashed here: the statement may end up in a log of the server.
    hashed = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    role = sql.Identifier(name)
    [(group, is_superuser)] = connection.execute(_SQL["analysts_and_maker"]).fetchall()
    connection.execute(
        sql.SQL("create role {} login password {} connection limit {} in role {}").format(
            role, sql.Literal(hashed), sql.Literal(CONNECTIONS), sql.Identifier(group)
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


def _escaped(value: str) -> str:
    """For the options of a connection, in which spaces stand between settings."""
    return re.sub(r"([\\\s])", r"\\\1", value)


def _psql() -> str:
    """The machine's, or else the one that comes with the embedded PostgreSQL."""
    with suppress(BinariesMissing):
        if found := shutil.which("psql") or shutil.which("psql", path=find_binaries()):
            return found
    raise CommandFailed("psql is not installed (Debian, Ubuntu: apt install postgresql-client)")
