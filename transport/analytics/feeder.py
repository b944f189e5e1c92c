"""Brings the log into the tables of the analysts, each event once: rows and checkpoint are of one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

import psycopg
import structlog
from psycopg import AsyncConnection

from domain.event_codec import EVENT_CLASSES, EventRow, decode
from domain.events import ChangesDiscarded, ChangesPublished, ChangeStaged, ChangeUndone
from domain.ids import ChangeId
from domain.sql import load_statements
from domain.store import UnreadableEvent
from projections.analytics import PROJECTIONS, Known, Logged, Projection, Row, StagedEvent
from transport.wire_json import wire_json

SQL = load_statements("transport.analytics", "feeding.sql")

TABLES = "analytics_tables"
"""The schema of those that the analysts' views show."""

Staged = dict[ChangeId, StagedEvent]

_SETTLING = frozenset({ChangeUndone.TOPIC, ChangesPublished.TOPIC, ChangesDiscarded.TOPIC})
_END = 2**63 - 1

log = structlog.get_logger()


class Batch(NamedTuple):
    """How much is taken in at once: the most events, and the most bytes unless a single event has more."""

    events: int
    size: int


SMALL = Batch(100, 128 * 1024)
"""About two milliseconds of a server, and ten for the largest event, in which nobody else has a turn."""

LARGE = Batch(1_000, 4 * 1024 * 1024)
"""For a program that does nothing else."""


class LoggedRow:
    """A row of the log at its place, decoded when it is needed."""

    __slots__ = ("_event", "position", "row")

    def __init__(self, position: int, row: EventRow) -> None:
        self.position = position
        self.row = row
        self._event: Logged | None = None

    @property
    def event(self) -> Logged:
        """Raises UnreadableEvent."""
        if self._event is None:
            self._event = Logged(self.position, decode(self.row))
        return self._event


class _Page(NamedTuple):
    """What follows a position, and whether more may follow it."""

    after: int
    rows: list[LoggedRow]
    is_full: bool


@asynccontextmanager
async def feeding_connection(url: str, tables: str = TABLES) -> AsyncIterator[AsyncConnection]:
    """One for a Feeder of the tables in that schema. Raises psycopg.OperationalError."""
    async with await AsyncConnection.connect(url, autocommit=True, connect_timeout=5) as connection:
        await connection.execute(SQL["feeder_session"], {"tables": tables})
        yield connection


class Feeder:
    """Feeds the tables that are first in the connection's search path; the connection commits by itself.

    Whatever else feeds the same tables, another server or another program: they take turns, and the database knows
    how far they are. A projection that an event stops is tried again by the next Feeder. With a `reader`, a second
    connection, the next events are read while the last ones are written.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        batch: Batch,
        *,
        reader: AsyncConnection | None = None,
        projections: Sequence[Projection] = PROJECTIONS,
    ) -> None:
        self._connection = connection
        self._reader = reader
        self._ahead: _Page | None = None
        self._batch = batch
        self._going = {projection.name: projection for projection in projections}
        self.stopped: dict[str, str] = {}
        """The projections that were given up, and why."""

    async def step(self) -> int:
        """Takes in the next events, and says how many; 0 when there are none or it is somebody else's turn.

        Raises psycopg.OperationalError, and then has changed nothing.
        """
        async with self._connection.transaction():
            ((is_ours,),) = await self._fetch("take_turn")
            return await self.feed() if is_ours else 0

    async def feed(self) -> int:
        """The same for who has the turn, in the transaction that is open."""
        checkpoints = {name: at for name, at in await self._fetch("checkpoints") if name in self._going}
        if not checkpoints:
            return 0
        # Those that are behind come first, and go no further than to where they meet the others.
        after, *others = sorted(set(checkpoints.values()))
        up_to = others[0] if others else _END
        page = await self._next_page(after, up_to)
        if not page.rows and not others:
            return 0
        last = page.rows[-1].position if page.is_full or not others else up_to
        behind = [self._going[name] for name, at in checkpoints.items() if at == after]
        async with self._reading_ahead(page, up_to):
            staged = await self._staged(page.rows)
            done = [one.name for one in behind if await self._take_in(one, page.rows, staged, after)]
            await self._execute("advance", projections=done, position=last, stopped_by=None)
        return len(page.rows) or 1

    async def _take_in(self, projection: Projection, rows: Sequence[LoggedRow], staged: Staged, after: int) -> bool:
        """Whether the projection goes on. If not, it stands before the event that stopped it."""
        # An unknown kind of event may be one that a newer program's projection reads.
        wanted = [one for one in rows if one.row.type in projection.topics or one.row.type not in EVENT_CLASSES]
        if not wanted or await self._put(projection, wanted, staged) is None:
            return True
        for one in wanted:
            failure = await self._put(projection, [one], staged)
            if failure is not None:
                why = f"event {one.row.version} of campaign {one.row.campaign_id}, a {one.row.type}: {failure}"
                before = max(after, one.position - 1)
                await self._execute("advance", projections=[projection.name], position=before, stopped_by=why)
                del self._going[projection.name]
                self.stopped[projection.name] = why
                log.error("projection stopped", projection=projection.name, why=why)
                return False
        return True

    async def _put(self, projection: Projection, rows: Sequence[LoggedRow], staged: Staged) -> str | None:
        """What went wrong, and then nothing was put."""
        try:
            events = [one.event for one in rows]
            async with self._connection.transaction():
                found = projection.fold(events, await self._known(projection, events, staged))
                if found:
                    await self._execute(f"put_{projection.name}", rows=wire_json(found).decode())
        except psycopg.OperationalError:
            raise
        except Exception as error:  # whatever an event does to one projection must not reach the others
            return f"{type(error).__name__}: {error}".strip()
        return None

    async def _known(self, projection: Projection, events: Sequence[Logged], staged: Staged) -> Known:
        campaigns = list({one.event.originator_id for one in events})
        match projection.needs:
            case "staged_changes":
                return Known(staged_changes=staged)
            case "open_sessions":
                rows = await self._rows("open_sessions", campaigns=campaigns)
                return Known(open_sessions={row["campaign_id"]: row for row in rows})
            case _:
                stays: dict[Any, list[Row]] = {}
                for row in await self._rows("open_stays", campaigns=campaigns):
                    stays.setdefault(row["campaign_id"], []).append(row)
                return Known(open_stays=stays)

    async def _staged(self, rows: Iterable[LoggedRow]) -> Staged:
        """The changes that these events stage, publish, undo or drop, as far as they can be read."""
        found: Staged = {}
        missing: set[ChangeId] = set()
        for one in rows:
            if one.row.type in _SETTLING:
                missing.update(_change_ids(one))
            elif one.row.type == ChangeStaged.TOPIC:
                _add_staged(found, one)
        missing -= found.keys()
        if missing:
            for row in await self._fetch("staged_changes", change_ids=list(missing)):
                _add_staged(found, LoggedRow(row[0], EventRow._make(row[1:])))
        return found

    @asynccontextmanager
    async def _reading_ahead(self, page: _Page, up_to: int) -> AsyncIterator[None]:
        """Reads the next page beside what the block does."""
        if self._reader is None or not page.is_full or up_to != _END:
            yield
            return
        reading = asyncio.create_task(self._page_after(self._reader, page.rows[-1].position, _END))
        try:
            yield
        except BaseException:
            reading.cancel()
            raise
        self._ahead = await reading

    async def _next_page(self, after: int, up_to: int) -> _Page:
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead.after == after and up_to == _END:
            return ahead
        return await self._page_after(self._connection, after, up_to)

    async def _page_after(self, connection: AsyncConnection, after: int, up_to: int) -> _Page:
        wanted = {"after": after, "up_to": up_to, "limit": self._batch.events}
        cursor = await connection.execute(SQL["log_after"], wanted, binary=True)
        found = await cursor.fetchall()
        rows: list[LoggedRow] = []
        size = 0
        for position, *columns in found:
            row = LoggedRow(position, EventRow._make(columns))
            size += len(row.row.data)
            if rows and size > self._batch.size:
                break
            with suppress(UnreadableEvent):  # said by those who need it
                _ = row.event
            rows.append(row)
        return _Page(after, rows, is_full=len(rows) < len(found) or len(found) == self._batch.events)

    async def _fetch(self, statement: str, **parameters: object) -> list[tuple[Any, ...]]:
        cursor = await self._connection.execute(SQL[statement], parameters, binary=True)
        return await cursor.fetchall()

    async def _rows(self, statement: str, **parameters: object) -> list[Row]:
        cursor = await self._connection.execute(SQL[statement], parameters, binary=True)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]

    async def _execute(self, statement: str, **parameters: object) -> None:
        await self._connection.execute(SQL[statement], parameters)


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
