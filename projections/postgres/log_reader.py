"""Reads the log in the order of positions, for what comes into the tables."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import AsyncConnection

from domain.event_codec import EventRow, decode
from domain.events import ChangesDiscarded, ChangesPublished, ChangeStaged, ChangeUndone
from domain.ids import ChangeId
from domain.sql import load_statements
from domain.store import NewerEvent, UnreadableEvent
from projections.analytics import Logged, StagedEvent

SQL = load_statements("projections.postgres", "feeding.sql")

END = 2**63 - 1
"""A position beyond all."""

Staged = dict[ChangeId, StagedEvent]

TURN_BYTES = 64 * 1024
"""Of staged changes that are decoded in one turn of the loop, unless a single one has more: a publish may have many."""

_SETTLING = frozenset({ChangeUndone.TOPIC, ChangesPublished.TOPIC, ChangesDiscarded.TOPIC})


class Batch(NamedTuple):
    """How much is taken in at once: the most events, and the most bytes unless a single event has more."""

    events: int
    size: int


class LoggedRow:
    """A row of the log at its place, decoded when it is needed."""

    __slots__ = ("_event", "_fault", "newer", "position", "row", "type")

    def __init__(self, position: int, row: EventRow) -> None:
        self.position = position
        self.row = row
        self.type = row.type
        self._event: Logged | None = None
        self._fault: str | None = None
        self.newer: str | None = None
        """Why only a newer program can read it."""

    def blame(self, fault: str) -> None:
        """Whoever asks for the event is told this from now on."""
        self._fault = fault

    @property
    def event(self) -> Logged:
        """Raises UnreadableEvent."""
        if self._fault is not None:
            raise UnreadableEvent(self._fault)
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
        return await self._page("log_after", {"after": after, "up_to": up_to})

    async def page_of(self, campaign: UUID, after: int, up_to: int) -> Page:
        """The same of one campaign, after a version and up to a position. Raises psycopg.OperationalError."""
        return await self._page("stream_after", {"campaign": campaign, "after": after, "up_to": up_to})

    async def _page(self, statement: str, wanted: dict[str, Any]) -> Page:
        wanted |= {"limit": self._batch.events, "size": self._batch.size}
        cursor = await self._connection.execute(SQL[statement], wanted, binary=True)
        found = await cursor.fetchall()
        rows: list[LoggedRow] = []
        size = 0
        for columns in found:
            row = LoggedRow(columns[0], EventRow._make(columns[1:-1]))
            size += len(row.row.data)
            if rows and size > self._batch.size:
                break
            try:
                _ = row.event
            except NewerEvent as newer:
                row.newer = str(newer)
            except UnreadableEvent:
                pass  # said by those who need it
            rows.append(row)
        following = found[0][-1] if found else 0
        return Page(rows, is_full=len(rows) < following or following == self._batch.events)

    async def staged(self, rows: Sequence[LoggedRow]) -> Staged:
        """The changes that these events stage, publish, undo or drop, as far as they can be read.

        One that settles a change of another campaign is blamed for it. Raises psycopg.OperationalError.
        """
        found: Staged = {}
        settling: list[tuple[LoggedRow, Sequence[ChangeId]]] = []
        for one in rows:
            if one.type in _SETTLING:
                settling.append((one, _change_ids(one)))
            elif one.type == ChangeStaged.TOPIC:
                _add_staged(found, one)
        missing = {change for _, changes in settling for change in changes} - found.keys()
        if missing:
            wanted = {"change_ids": list(missing)}
            cursor = await self._connection.execute(SQL["staged_changes"], wanted, binary=True)
            decoded = 0
            for columns in await cursor.fetchall():
                one = LoggedRow(columns[0], EventRow._make(columns[1:]))
                decoded += len(one.row.data)
                if decoded > TURN_BYTES:
                    await asyncio.sleep(0)
                    decoded = len(one.row.data)
                _add_staged(found, one)
        for one, changes in settling:
            for change in changes:
                if change in found and found[change].event.originator_id != one.row.campaign_id:
                    one.blame(f"the staged change {change} is one of another campaign")
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
