"""Reads the log in the order of positions, for what comes into the tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from psycopg import AsyncConnection

from domain.event_codec import EventRow, decode
from domain.events import ChangesDiscarded, ChangesPublished, ChangeStaged, ChangeUndone
from domain.ids import ChangeId
from domain.sql import load_statements
from domain.store import UnreadableEvent
from projections.analytics import Logged, StagedEvent

SQL = load_statements("transport.analytics", "feeding.sql")

END = 2**63 - 1
"""A position beyond all."""

Staged = dict[ChangeId, StagedEvent]

_SETTLING = frozenset({ChangeUndone.TOPIC, ChangesPublished.TOPIC, ChangesDiscarded.TOPIC})


class Batch(NamedTuple):
    """How much is taken in at once: the most events, and the most bytes unless a single event has more."""

    events: int
    size: int


class LoggedRow:
    """A row of the log at its place, decoded when it is needed."""

    __slots__ = ("_event", "position", "row", "type")

    def __init__(self, position: int, row: EventRow) -> None:
        self.position = position
        self.row = row
        self.type = row.type
        self._event: Logged | None = None

    @property
    def event(self) -> Logged:
        """Raises UnreadableEvent."""
        if self._event is None:
            self._event = Logged(self.position, decode(self.row))
        return self._event


class Page(NamedTuple):
    """What follows a position, and whether more may follow it."""

    rows: Sequence[LoggedRow]
    is_full: bool


class LogReader:
    """Over a connection whose session is that of a feeder."""

    def __init__(self, connection: AsyncConnection, batch: Batch) -> None:
        self._connection = connection
        self._batch = batch

    async def page_after(self, after: int, up_to: int = END) -> Page:
        """Raises psycopg.OperationalError."""
        wanted = {"after": after, "up_to": up_to, "limit": self._batch.events}
        cursor = await self._connection.execute(SQL["log_after"], wanted, binary=True)
        found = await cursor.fetchall()
        rows: list[LoggedRow] = []
        size = 0
        for columns in found:
            row = LoggedRow(columns[0], EventRow._make(columns[1:]))
            size += len(row.row.data)
            if rows and size > self._batch.size:
                break
            try:  # noqa: SIM105 - a context manager would cost a tenth of the decoding
                _ = row.event
            except UnreadableEvent:
                pass  # said by those who need it
            rows.append(row)
        return Page(rows, is_full=len(rows) < len(found) or len(found) == self._batch.events)

    async def staged(self, rows: Iterable[LoggedRow]) -> Staged:
        """The changes that these events stage, publish, undo or drop, as far as they can be read.

        Raises psycopg.OperationalError.
        """
        found: Staged = {}
        missing: set[ChangeId] = set()
        for one in rows:
            if one.type in _SETTLING:
                missing.update(_change_ids(one))
            elif one.type == ChangeStaged.TOPIC:
                _add_staged(found, one)
        missing -= found.keys()
        if missing:
            wanted = {"change_ids": list(missing)}
            cursor = await self._connection.execute(SQL["staged_changes"], wanted, binary=True)
            for columns in await cursor.fetchall():
                _add_staged(found, LoggedRow(columns[0], EventRow._make(columns[1:])))
        return found


def _change_ids(one: LoggedRow) -> Sequence[ChangeId]:
    try:
        event = one.event.event
    except UnreadableEvent:
        return ()
    if isinstance(event, ChangeUndone):
        return (event.change_id,)
    return event.change_ids if isinstance(event, ChangesPublished | ChangesDiscarded) else ()


def _add_staged(found: Staged, one: LoggedRow) -> None:
    try:
        event = one.event.event
    except UnreadableEvent:
        return  # whoever needs it will miss it, and say so
    if isinstance(event, ChangeStaged):
        found[ChangeId(event.event_id)] = StagedEvent(one.position, event)
