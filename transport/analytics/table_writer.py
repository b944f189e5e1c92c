"""Brings events into one of the tables of the analysts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg import AsyncConnection

from domain.event_codec import EVENT_CLASSES
from projections.analytics import Known, Logged, Projection, Row
from transport.analytics.log_reader import SQL, LoggedRow, Staged
from transport.wire_json import wire_json


class Stop(NamedTuple):
    """The event that can't be projected is at the position; `why` names it."""

    position: int
    why: str


class TableWriter:
    """For the table of a projection, in the schema that is first in the connection's search path."""

    def __init__(self, connection: AsyncConnection, projection: Projection) -> None:
        self.projection = projection
        self._connection = connection
        # An unknown kind of event may be one that a newer program's projection reads.
        self._unread = EVENT_CLASSES.keys() - projection.topics

    async def take_in(self, rows: Sequence[LoggedRow], staged: Staged) -> Stop | None:
        """Folds the events into the table, in the transaction that is open, or those before the one that stops it.

        Raises psycopg.OperationalError.
        """
        wanted = [one for one in rows if one.type not in self._unread]
        if not wanted or await self._put(wanted, staged) is None:
            return None
        for one in wanted:
            failure = await self._put([one], staged)
            if failure is not None:
                why = f"event {one.row.version} of campaign {one.row.campaign_id}, a {one.type}: {failure}"
                return Stop(one.position, why)
        return None

    async def _put(self, rows: Sequence[LoggedRow], staged: Staged) -> str | None:
        """What went wrong, and then nothing was put."""
        try:
            events = [one.event for one in rows]
            async with self._connection.transaction():
                found = self.projection.fold(events, await self._known(events, staged))
                if found:
                    statement = SQL[f"put_{self.projection.name}"]
                    await self._connection.execute(statement, {"rows": wire_json(found).decode()})
        except psycopg.OperationalError:
            raise
        except Exception as error:  # whatever an event does to one projection must not reach the others
            return f"{type(error).__name__}: {error}".strip()
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
