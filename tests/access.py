"""Who may do what in a database, for tests that are about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from psycopg.sql import SQL, Identifier

from migrations.runner import migrate


class Access(NamedTuple):
    """The row of the table `database_access`."""

    server_role: str
    analyst_role: str
    channel_key: str

    def channel(self, kind: str) -> str:
        """The name of a channel on which servers notify each other."""
        return f"{self.channel_key}_{kind}"


class Kept(NamedTuple):
    """A migrated database as a careful operator has it: neither its owner nor its servers are superusers."""

    admin_url: str
    owner_url: str
    server_url: str


def access_of(url: str) -> Access:
    with psycopg.connect(url) as connection:
        row = connection.execute("select server_role, analyst_role, channel_key from database_access").fetchone()
    assert row is not None
    return Access(*row)


def signed_in_as(url: str, login: str) -> str:
    """The same database for another login: the server of the tests believes everybody."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{login}@").geturl()


def refusal(connection: psycopg.Connection, statement: str) -> str | None:
    """The SQLSTATE with which it is refused; None if it is not. Nothing is changed either way."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(statement)
    except psycopg.Error as error:
        return error.sqlstate
    return None


@contextmanager
def logins(url: str, **roles: str) -> Iterator[dict[str, str]]:
    """Logins with these rights, by what they are called here; their names in the cluster are nobody else's."""
    names = {called: f"{called}_{uuid4().hex[:12]}" for called in roles}
    with psycopg.connect(url, autocommit=True) as connection:
        for called, rights in roles.items():
            connection.execute(SQL("create role {} login ").format(Identifier(names[called])) + SQL(rights))
        try:
            yield names
        finally:
            drop_roles(connection, list(names.values()))


def drop_roles(connection: psycopg.Connection, names: Sequence[str]) -> None:
    """With what they may do in this database."""
    for name in names:
        if connection.execute("select from pg_roles where rolname = %s", [name]).fetchone() is not None:
            connection.execute(SQL("drop owned by {}").format(Identifier(name)))
            connection.execute(SQL("drop role {}").format(Identifier(name)))


@contextmanager
def kept_database(server_url: str) -> Iterator[Kept]:
    """One of its own."""
    maintenance = urlsplit(server_url)._replace(path="/postgres").geturl()
    with logins(maintenance, keeper="createrole", play="") as names:
        name = f"kept_{uuid4().hex[:12]}"
        with psycopg.connect(maintenance, autocommit=True) as connection:
            connection.execute(SQL("create database {} owner {}").format(Identifier(name), Identifier(names["keeper"])))
        try:
            url = urlsplit(server_url)._replace(path=f"/{name}").geturl()
            owner_url = signed_in_as(url, names["keeper"])
            migrate(owner_url)
            access = access_of(url)
            with psycopg.connect(owner_url) as connection:
                connection.execute(
                    SQL("grant {} to {}").format(Identifier(access.server_role), Identifier(names["play"]))
                )
            yield Kept(url, owner_url, signed_in_as(url, names["play"]))
        finally:
            with psycopg.connect(maintenance, autocommit=True) as connection:
                connection.execute(SQL("drop database {} with (force)").format(Identifier(name)))
                drop_roles(connection, [f"fogbound_server_{name}", f"fogbound_analyst_{name}"])
