"""The roles of a database, and the channels on which its servers notify each other, as the database has them."""

from __future__ import annotations

from typing import NamedTuple

import psycopg


class Access(NamedTuple):
    """The row of the table `database_access`."""

    server_role: str
    analyst_role: str
    channel_key: str

    def channel(self, kind: str) -> str:
        return f"{self.channel_key}_{kind}"


def access_of(url: str) -> Access:
    with psycopg.connect(url) as connection:
        row = connection.execute("select server_role, analyst_role, channel_key from database_access").fetchone()
    assert row is not None
    return Access(*row)
