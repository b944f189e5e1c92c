"""What the database says of the relations of the analysts: as Markdown, and which campaigns they lack."""

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


def missing(connection: psycopg.Connection[Any]) -> list[str]:
    """The campaigns with an event that can't be brought into the tables: a line each, and one for those beyond 20."""
    rows = connection.execute(_SQL["set_aside"]).fetchall()
    lines = [f"campaign {campaign} is set aside: {why}" for campaign, why, _ in rows]
    others = rows[0][2] - len(rows) if rows else 0
    return [*lines, f"and {others} more: see analytics.set_aside"] if others else lines
