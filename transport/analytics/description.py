"""The relations of the analysts as Markdown, out of the comments in the database."""

from __future__ import annotations

from typing import Any

import psycopg

from domain.sql import load_statements

_SQL = load_statements("transport.analytics", "describing.sql")


def described(connection: psycopg.Connection[Any]) -> str:
    """A section a view, with a row a column."""
    parts: list[str] = []
    for view, meaning in connection.execute(_SQL["views"]).fetchall():
        rows = connection.execute(_SQL["columns"], {"view": view}).fetchall()
        table = "\n".join(f"| `{name}` | {kind} | {words} |" for name, kind, words in rows)
        parts.append(f"### `analytics.{view}`\n\n{meaning}\n\n| column | type | meaning |\n|---|---|---|\n{table}\n")
    return "\n".join(parts)
