"""The event store's SQL, by name."""

from __future__ import annotations

from domain.sql import load_statements

SQL = load_statements("domain.postgres", "statements.sql")
