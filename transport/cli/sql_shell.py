"""`fogbound sql`: psql in the place of an analyst."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from contextlib import suppress

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from migrations.embedded.binaries import find_binaries
from migrations.errors import BinariesMissing
from migrations.runner import CONNECT_SECONDS
from transport.analytics.analysts import PRESETS, SQL
from transport.cli.errors import NOT_UP_TO_DATE, CommandFailed, database_of
from transport.settings import Settings


def open_shell(settings: Settings, commands: Sequence[str]) -> None:
    """Goes on as psql. Raises CommandFailed, psycopg.Error."""
    place = conninfo_to_dict(database_of(settings))
    # The last word on a setting counts: whatever the URL or the environment asks for, this is an analyst's session.
    before = place.pop("options", None) or os.environ.get("PGOPTIONS", "")
    wanted = _role(database_of(settings)) | PRESETS
    options = " ".join([str(before), *(f"-c {name}={_escaped(value)}" for name, value in wanted.items())])
    # Everybody on the machine sees what a program was called with, and not what stands in its environment.
    secret = {"PGPASSWORD": str(place.pop("password"))} if "password" in place else {}
    words = [_psql(), make_conninfo("", **place, options=options)]
    words += [word for command in commands for word in ("-c", command)]
    os.execve(words[0], words, {**os.environ, **secret})


def _role(url: str) -> dict[str, str]:
    """The setting that makes an analyst of whoever may choose; who may not is one already. Raises CommandFailed."""
    with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
        connection.execute(SQL["begin_session"])
        choice = connection.execute(SQL["may_choose"]).fetchone()
        if choice == (False,):
            return {}
        row = connection.execute(SQL["analyst_role"]).fetchone() if choice else None
    if row is None:
        raise CommandFailed(NOT_UP_TO_DATE)
    return {"role": str(row[0])}


def _escaped(value: str) -> str:
    """For the options of a connection, in which spaces stand between settings."""
    return re.sub(r"([\\\s])", r"\\\1", value)


def _psql() -> str:
    """The machine's, or else the one that comes with the embedded PostgreSQL."""
    with suppress(BinariesMissing):
        if found := shutil.which("psql") or shutil.which("psql", path=find_binaries()):
            return found
    raise CommandFailed("psql is not installed (Debian, Ubuntu: apt install postgresql-client)")
