"""Brings events into one of the tables of the analysts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg import AsyncConnection, errors
from pydantic_core import to_json

from domain.event_codec import EVENT_CLASSES
from projections.analytics import Known, Logged, Projection, Row
from projections.postgres.log_reader import SQL, LoggedRow, Staged

_OF_THE_DATA = (psycopg.DataError, psycopg.IntegrityError, errors.ProgramLimitExceeded)
"""What the database says of rows that it will never take; the last one of text that is too long for an index."""

PIECE = 1_000
"""Rows that are made and written in one turn of the loop and by one statement: some five milliseconds of each."""

LONGEST_WHY = 500
"""Characters: what can't be read may be quoted in it."""


class Odd(NamedTuple):
    """The first event of a campaign that can't be brought into a table; `why` names it, in one line.

    `is_newer`: a newer program can.
    """

    campaign: UUID
    version: int
    why: str
    is_newer: bool = False


class TableWriter:
    """For the table of a projection, in the schema that is first in the connection's search path."""

    def __init__(self, connection: AsyncConnection, projection: Projection) -> None:
        self.projection = projection
        self._connection = connection
        # An unknown kind of event may be one that a newer program's projection reads.
        self._unread = EVENT_CLASSES.keys() - projection.topics

    async def take_in(self, rows: Sequence[LoggedRow], staged: Staged) -> list[Odd]:
        """Folds the events into the table, but for the odd ones and those that follow them in their campaigns.

        Raises psycopg.Error when it is not for the events, and then nothing was put.
        """
        wanted = [one for one in rows if one.type not in self._unread]
        if not wanted or await self._put(wanted, staged) is None:
            return []
        async with self._connection.transaction():
            return [odd for one in _by_campaign(wanted) if (odd := await self._take_in_one(one, staged))]

    async def _take_in_one(self, rows: Sequence[LoggedRow], staged: Staged) -> Odd | None:
        """Those of one campaign."""
        if await self._put(rows, staged) is None:
            return None
        for one in rows:
            failure = await self._put([one], staged)
            if failure is not None:
                return Odd(one.row.campaign_id, one.row.version, f"event {one.row.version}, a {one.type}: {failure}")
        return None

    async def _put(self, rows: Sequence[LoggedRow], staged: Staged) -> str | None:
        """What is odd about the events, and then nothing was put. Raises psycopg.Error."""
        try:
            events = [one.event for one in rows]
            async with self._connection.transaction():
                found = iter(self.projection.fold(events, await self._known(events, staged)))
                statement = SQL[f"put_{self.projection.name}"]
                while piece := list(islice(found, PIECE)):
                    await self._connection.execute(statement, {"rows": to_json(piece).decode()})
        except Exception as error:  # whatever an event does, those of other campaigns are taken in
            if isinstance(error, psycopg.Error) and not isinstance(error, _OF_THE_DATA):
                raise
            return in_a_line(error)
        return None

    async def _known(self, events: Sequence[Logged], staged: Staged) -> Known:
        match self.projection.needs:
            case "staged_changes":
                return Known(staged_changes=staged)
            case "open_sessions":
                return Known(open_sessions={row["campaign_id"]: row for row in await self._open("sessions", events)})
            case _:
                stays: dict[Any, list[Row]] = {}
                for row in await self._open("stays", events):
                    stays.setdefault(row["campaign_id"], []).append(row)
                return Known(open_stays=stays)

    async def _open(self, what: str, events: Sequence[Logged]) -> list[Row]:
        wanted = {"campaigns": list({one.event.originator_id for one in events})}
        cursor = await self._connection.execute(SQL[f"open_{what}"], wanted, binary=True)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]


def _by_campaign(rows: Sequence[LoggedRow]) -> Sequence[Sequence[LoggedRow]]:
    found: defaultdict[UUID, list[LoggedRow]] = defaultdict(list)
    for one in rows:
        found[one.row.campaign_id].append(one)
    return list(found.values())


def in_a_line(error: Exception) -> str:
    """What is wrong, without the statement and the place in it, which the database adds in lines of their own."""
    said = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    return " ".join(f"{type(error).__name__}: {said or error}".split())[:LONGEST_WHY]
