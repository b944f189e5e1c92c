"""A set of ids on the disk: in memory it would grow with the file that the ids are in."""

from __future__ import annotations

import sqlite3
from types import TracebackType
from typing import Self


class Seen:
    """SQLite's own temporary database: it keeps a few MB in memory, and its file is gone with it."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("pragma journal_mode = off")
        self._database.execute("create table seen (kind text, id text, primary key (kind, id)) without rowid")
        self._database.execute("begin")

    def add(self, kind: str, one: str) -> bool:
        """False if it was there."""
        return self._database.execute("insert or ignore into seen values (?, ?)", (kind, one)).rowcount == 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()
