"""Sessions of analysts: who they are, and what they begin with."""

from __future__ import annotations

from typing import Any

import psycopg

from domain.sql import load_statements

PRESETS = {"default_transaction_read_only": "on", "statement_timeout": "60s", "search_path": "analytics"}
"""What a session begins with. The first two spare the database an accident; what may be read is up to the role."""

SQL = load_statements("transport.analytics", "analysts.sql")


def read_as_analyst(connection: psycopg.Connection[Any]) -> None:
    """From here on the connection reads what analysts may read, whoever has signed in. Raises psycopg.Error."""
    connection.execute(SQL["begin_session"])
    if connection.execute(SQL["may_choose"]).fetchone() == (True,):
        connection.execute(SQL["become"])
