"""The event store in PostgreSQL: appends go through the group commit, reads through a few connections of their own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self, cast
from uuid import UUID

import psycopg

from domain.append import Append
from domain.event_codec import EventRow, decode
from domain.events import Event, HexesUpdated
from domain.ids import CampaignId, CommandId, EventId, SessionId
from domain.postgres.fault import outcome_of
from domain.postgres.group_commit import GroupCommit
from domain.postgres.pool import ConnectionPool
from domain.postgres.statements import SQL
from domain.refusals import Refused
from domain.store import Head, Refusals, Standing, StoreUnavailable

_log = logging.getLogger(__name__)

READ_EVENTS = 500
"""Fetched at once, unless they are large."""

READ_BYTES = 256 * 1024
"""As the database keeps them: no more is fetched at once, but for the event that goes beyond. 500 usual events have
less; as text, which is not compressed, large ones have two to five times as much."""

DECODED_BYTES = 64 * 1024
"""Decoded in one turn of the event loop, some three milliseconds, unless a single event has more."""

FEW_HEXES = 5_000
"""Encoded at once, in some milliseconds; more in a thread."""

EVENT_HEXES = 25
"""As which an event counts by itself."""

NOTHING = Append(CampaignId(UUID(int=0)), ())


def _tell_of(fault: Exception) -> None:
    _log.error("The committing failed, and goes on", exc_info=fault)


class PostgresStore:
    """An append-only log in PostgreSQL. Open it in the event loop that uses it.

    `append_timeout`: seconds after which an append that could not be sent is turned away.
    `answer_timeout`: seconds after which a server that doesn't answer is taken for dead.
    `on_commit` is told of each transaction that was answered: how many events, and how many seconds.
    `on_append` is given the rows of each append of ours, once they are stored.
    `on_fault` is told of faults of ours that did not end the committing.
    """

    def __init__(
        self,
        url: str,
        *,
        append_timeout: float = 2.0,
        answer_timeout: float = 5.0,
        on_commit: Callable[[int, float], None] | None = None,
        on_append: Callable[[Sequence[EventRow]], None] | None = None,
        on_fault: Callable[[Exception], None] = _tell_of,
    ) -> None:
        self._url = url
        self._append_timeout = append_timeout
        self._answer_timeout = answer_timeout
        self._on_commit = on_commit
        self._on_append = on_append
        self._on_fault = on_fault
        self._readers = ConnectionPool(url, SQL["reader_session"], answer_timeout)

    async def open(self) -> None:
        """Returns at once: the first append and the first read connect."""
        self._group_commit = GroupCommit(
            self._url, self._append_timeout, self._answer_timeout, self._on_commit, self._on_fault
        )

    async def close(self) -> None:
        """Commits what waits, then ends the connections."""
        await self._group_commit.close()
        await self._readers.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def writer_process(self) -> int | None:
        """The id of the server process that appends for us, while there is one: it names itself to those who listen."""
        return self._group_commit.process

    async def append(
        self, events: Sequence[Event], roster: int | None = None, refusals: Refusals | None = None
    ) -> None:
        """See EventStore.append."""
        if events or refusals is not None:
            if _hexes(events) > FEW_HEXES:
                append = await asyncio.to_thread(Append.of, events, roster, refusals)
            else:
                append = Append.of(events, roster, refusals)
            await self._group_commit.append(append)
            if self._on_append is not None:
                self._on_append(append.rows)

    async def append_rows(self, rows: Sequence[EventRow]) -> None:
        """The same for events as another store held them, in their schema versions."""
        await self._group_commit.append(Append.of_rows(rows))

    async def recorded(self, event_ids: Sequence[EventId]) -> set[EventId]:
        """Those that are in the log, whichever campaign's. Raises StoreUnavailable."""
        return {EventId(found) for (found,) in await self._fetch("recorded_events", event_ids=list(event_ids))}

    async def are_foreign(self, campaign: CampaignId, session_ids: Sequence[SessionId]) -> bool:
        """Whether any of the sessions is one of another campaign. Raises StoreUnavailable."""
        wanted = {"campaign": campaign, "session_ids": list(session_ids)}
        return bool(session_ids) and bool(await self._fetch("foreign_sessions", **wanted))

    async def check(self) -> None:
        """Commits nothing, in the same way as events. Raises StoreUnavailable if that is impossible."""
        await self._group_commit.append(NOTHING)

    async def read(self, campaign: CampaignId, after: int = 0, up_to: int | None = None) -> AsyncIterator[list[Event]]:
        """See EventStore.read. A batch is decoded in one turn, and freed in one by whoever goes on to the next."""
        async for rows in self.rows(campaign, after, up_to):
            for number, turn in enumerate(_turns(rows)):
                if number:
                    await asyncio.sleep(0)
                yield [decode(row) for row in turn]

    async def rows(
        self, campaign: CampaignId, after: int = 0, up_to: int | None = None
    ) -> AsyncIterator[list[EventRow]]:
        """The same as it is stored, in the schema versions of then. Between two batches it holds no connection."""
        while up_to is None or after < up_to:
            limit = READ_EVENTS if up_to is None else min(READ_EVENTS, up_to - after)
            wanted = {"campaign": campaign, "after": after, "limit": limit, "size": READ_BYTES}
            found = await self._fetch("read_stream", **wanted)
            if not found:
                break
            rows = [EventRow._make(row) for row in found]
            after = rows[-1].version
            yield rows

    async def now(self) -> datetime:
        """The time of the database, by which all record what happens. Raises StoreUnavailable."""
        ((now,),) = await self._fetch("now")
        return cast("datetime", now)

    async def head(self, campaign: CampaignId) -> Head:
        """See EventStore.head."""
        rows = await self._fetch("head", campaign=campaign)
        return Head(*rows[0]) if rows else Head(0, None)

    async def heads(self, campaigns: Sequence[CampaignId]) -> dict[CampaignId, int]:
        """See EventStore.heads."""
        rows = await self._fetch("heads", campaigns=list(campaigns))
        return {campaign: version for campaign, version in rows if version}

    async def standings(self, campaigns: Sequence[CampaignId]) -> dict[CampaignId, Standing]:
        """See EventStore.standings."""
        rows = await self._fetch("standings", campaigns=list(campaigns))
        return {campaign: Standing(version, roster) for campaign, version, roster in rows}

    async def outcomes(self, campaign: CampaignId, commands: Sequence[CommandId]) -> dict[CommandId, EventId | Refused]:
        """See EventStore.outcomes."""
        wanted = {"campaigns": [campaign] * len(commands), "commands": list(commands)}
        rows = await self._fetch("decided_commands", **wanted)
        return {command: outcome_of(*outcome) for _, command, *outcome in rows}

    async def lifecycle(self, campaign: CampaignId) -> list[Event]:
        """See EventStore.lifecycle."""
        rows = await self._fetch("lifecycle", campaign=campaign)
        events: list[Event] = []
        for turn in _turns([EventRow._make(row) for row in rows]):
            events += [decode(row) for row in turn]
            await asyncio.sleep(0)
        return events

    async def version_of(self, campaign: CampaignId, event: EventId) -> int | None:
        """See EventStore.version_of."""
        rows = await self._fetch("version_of", campaign=campaign, event=event)
        return rows[0][0] if rows else None

    async def version_at(self, campaign: CampaignId, moment: datetime) -> int:
        """See EventStore.version_at."""
        rows = await self._fetch("version_at", campaign=campaign, moment=moment)
        return int(rows[0][0])

    async def _fetch(self, statement: str, **parameters: object) -> list[tuple[Any, ...]]:
        try:
            async with self._readers.connection() as connection:
                cursor = await connection.execute(SQL[statement], parameters, binary=True)
                return await cursor.fetchall()
        except psycopg.Error as error:
            raise StoreUnavailable(f"{statement} got no answer: {error}") from error


def _hexes(events: Sequence[Event]) -> int:
    return sum(EVENT_HEXES + (event.size if isinstance(event, HexesUpdated) else 0) for event in events)


def _turns(rows: Sequence[EventRow]) -> Iterator[list[EventRow]]:
    """The rows in parts, each of which is decoded in one turn."""
    turn: list[EventRow] = []
    size = 0
    for row in rows:
        size += len(row.data)
        if turn and size > DECODED_BYTES:
            yield turn
            turn, size = [], len(row.data)
        turn.append(row)
    if turn:
        yield turn
