"""Who reads the tables: people with a role of their own, and the operator's shell in their place."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from contextlib import suppress
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from migrations.errors import BinariesMissing
from migrations.postgres_binaries import find_binaries
from transport.cli_errors import CommandFailed, database_of
from transport.settings import Settings

ROLE = "fogbound_analyst"

PRESETS = {"default_transaction_read_only": "on", "statement_timeout": "60s", "search_path": "analytics"}
"""What a session begins with. The first two spare the database an accident; what may be read is up to the role."""

_NAME = re.compile("[a-z_][a-z0-9_]{0,62}")


def create_analyst(settings: Settings, name: str) -> None:
    """Prints a connection string. Raises CommandFailed."""
    url = database_of(settings)
    if not _NAME.fullmatch(name):
        raise CommandFailed(f"{name!r} is no name: small letters, digits and _, at most 63, no digit first")
    password = secrets.token_urlsafe(24)
    try:
        with psycopg.connect(url) as connection:
            _create(connection, name, password)
    except errors.DuplicateObject:
        raise CommandFailed(f"There is a role {name} already") from None
    except psycopg.Error as error:
        raise CommandFailed(f"The database: {error}") from None
    print(_signed_in(url, name, password))


def open_shell(settings: Settings, command: str | None) -> None:
    """Goes on as psql. Raises CommandFailed."""
    place = conninfo_to_dict(database_of(settings))
    options = " ".join(f"-c {name}={value}" for name, value in {"role": ROLE, **PRESETS}.items())
    # Everybody on the machine sees what a program was called with, and not what stands in its environment.
    secret = {"PGPASSWORD": str(place.pop("password"))} if "password" in place else {}
    words = [_psql(), make_conninfo("", **place), *(["-c", command] if command is not None else [])]
    os.execve(words[0], words, {**os.environ, **secret, "PGOPTIONS": options})


def _create(connection: psycopg.Connection, name: str, password: str) -> None:
    # Hashed here: the statement may end up in a log of the server.
    hashed = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    role = sql.Identifier(name)
    connection.execute(
        sql.SQL("create role {} login password {} in role {}").format(role, sql.Literal(hashed), sql.Identifier(ROLE))
    )
    for setting, value in PRESETS.items():
        connection.execute(
            sql.SQL("alter role {} set {} = {}").format(role, sql.Identifier(setting), sql.Literal(value))
        )


def _signed_in(url: str, name: str, password: str) -> str:
    """The same database for somebody else."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(name)}:{quote(password)}@{place}"))


def _psql() -> str:
    """The machine's, or else the one that comes with the embedded PostgreSQL."""
    with suppress(BinariesMissing):
        if found := shutil.which("psql") or shutil.which("psql", path=find_binaries()):
            return found
    raise CommandFailed("psql is not installed (Debian, Ubuntu: apt install postgresql-client)")
