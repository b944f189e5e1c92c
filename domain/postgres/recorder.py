"""The log as the eventsourcing library's applications and projections use it."""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import (
    ApplicationRecorder,
    DataError,
    IntegrityError,
    Notification,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    StoredEvent,
)
from eventsourcing.utils import retry
from typing_extensions import override

from domain.event_codec import from_stored_event
from domain.postgres.background_loop import BackgroundLoop
from domain.postgres.pool import ConnectionPool
from domain.postgres.statements import SQL
from domain.postgres.store import PostgresStore
from domain.postgres.subscription import LogSubscription
from domain.sql import load_statements
from domain.store import CommandAlreadyDecided, EngineError, EventRejected, UnreadableEvent, VersionConflict

READ_SECONDS = 60.0
"""For one answer, which may be a whole stream."""

NO_END = 2**63 - 1

_SQL = load_statements("domain.postgres", "recorder.sql")


class LogRecorder(ApplicationRecorder):
    """Threads may share it. Reading goes on after a short outage of the database, as with the library's recorders."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._background = BackgroundLoop()
        self._readers = ConnectionPool(url, SQL["reader_session"], READ_SECONDS)
        self._store = PostgresStore(url)
        self._background.run(self._store.open())
        atexit.register(self.close)  # while there are threads

    def close(self) -> None:
        """Ends the connections, and the subscriptions."""
        atexit.unregister(self.close)
        self._background.close(self._close())

    @override
    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Appends events of one campaign, by the rules of the log.

        Raises IntegrityError when the stream has moved on, a version is left out, or a command was executed before;
        DataError for what is no event of ours.
        """
        if kwargs.get("tracking") is not None:
            raise NotSupportedError("the log takes events alone: a projection tracks in a database of its own")
        if not stored_events:
            return None
        if len({str(one.originator_id) for one in stored_events}) > 1:
            raise ProgrammingError("the events of one insert must belong to one campaign")
        self._append(stored_events)
        first, last = stored_events[0], stored_events[-1]
        found = self._select(
            "positions",
            campaign=first.originator_id,
            first=first.originator_version,
            last=last.originator_version,
        )
        return [position for (position,) in found]

    @override
    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        found = self._select(
            "select_events_backwards" if desc else "select_events",
            campaign=originator_id,
            gt=0 if gt is None else gt,
            lte=NO_END if lte is None else lte,
            limit=limit,
        )
        return [StoredEvent(*row) for row in found]

    @override
    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        found = self._select(
            "select_notifications",
            first=0 if start is None else start if inclusive_of_start else start + 1,
            last=NO_END if stop is None else stop,
            topics=list(topics),
            limit=limit,
        )
        return [Notification(*row) for row in found]

    @override
    def max_notification_id(self) -> int | None:
        [(newest,)] = self._select("max_notification_id")
        return newest  # type: ignore[no-any-return]  # a bigint or null

    @override
    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> LogSubscription:
        [(channel,)] = self._select("channel")
        return LogSubscription(self, gt, topics, background=self._background, url=self._url, channel=channel)

    def _append(self, stored_events: Sequence[StoredEvent]) -> None:
        try:
            self._background.run(self._store.append([from_stored_event(one) for one in stored_events]))
        except (VersionConflict, CommandAlreadyDecided) as error:
            raise IntegrityError(str(error)) from error
        except (EventRejected, UnreadableEvent) as error:
            raise DataError(str(error)) from error
        except EngineError as error:
            raise OperationalError(str(error)) from error

    @retry(OperationalError, max_attempts=10, wait=0.2)
    def _select(self, statement: str, **parameters: object) -> list[tuple[Any, ...]]:
        try:
            return self._background.run(self._fetch(_SQL[statement], parameters))
        except psycopg.Error as error:
            raise OperationalError(f"{statement} got no answer: {error}") from error

    async def _fetch(self, statement: str, parameters: dict[str, object]) -> list[tuple[Any, ...]]:
        async with self._readers.connection() as connection:
            cursor = await connection.execute(statement, parameters, binary=True)
            return await cursor.fetchall()

    async def _close(self) -> None:
        await self._store.close()
        await self._readers.close()
