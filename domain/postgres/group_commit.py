"""One task and one connection commit the appends of all rooms, whatever waits at a time in one transaction.

There is no timer: a batch is what arrived during the last commit.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import perf_counter

import psycopg

from domain.append import Append
from domain.postgres.fault import find_fault
from domain.postgres.settlement import recorded_appends
from domain.postgres.waiting import Waiting, WaitingAppends
from domain.postgres.writer import Backend, Writer
from domain.store import EngineError, StoreUnavailable

_log = logging.getLogger(__name__)

RECONNECT_PAUSE = 0.1
"""Seconds between two attempts to connect: appends are turned away meanwhile, so that callers soon know."""

FAULT_PAUSE = 1.0
"""The same after a fault of ours, of which the log tells each time."""


class GroupCommit:
    """Answers an append when its events are known to be stored, or known not to be."""

    def __init__(
        self,
        url: str,
        append_timeout: float,
        answer_timeout: float,
        on_commit: Callable[[int, float], None] | None,
        on_fault: Callable[[Exception], None],
    ) -> None:
        """`on_commit` is told of each transaction that was answered: how many events, and how many seconds.

        `on_fault` is told of exceptions that are no word of the database's: the committing goes on.
        """
        self._on_commit = on_commit
        self._on_fault = on_fault
        self._url = url
        self._answer_timeout = answer_timeout
        self._waiting = WaitingAppends(append_timeout)
        self._writer: Writer | None = None
        self._has_given_up = False
        self._task = asyncio.create_task(self._run(), name="group commit")

    def append(self, append: Append) -> Awaitable[None]:
        """See EventStore.append."""
        return self._waiting.put(append)

    @property
    def process(self) -> int | None:
        """Which server process appends for us, while one does."""
        return self._writer.backend.pid if self._writer is not None else None

    async def close(self) -> None:
        """Commits what waits and ends; whatever isn't settled within `answer_timeout` seconds stays unknown."""
        self._waiting.close()
        await asyncio.wait([self._task], timeout=self._answer_timeout)
        self._has_given_up = True
        if self._writer is not None:
            self._writer.cut()
        await self._task

    async def _run(self) -> None:
        while await self._waiting.wait():
            await self._commit_next()
        await self._drop_writer()

    async def _commit_next(self) -> None:
        try:
            writer = await self._connect()
        except Exception as error:  # whatever it was, the next ones try again
            self._waiting.refuse(StoreUnavailable(str(error)))
            await self._pause_after(error)
            return
        batch = self._waiting.take()
        try:
            await self._commit(writer, batch)
        except Exception as error:  # whatever it was, the log knows what is recorded
            _log.warning("A commit broke off, reading back what is recorded: %s", error)
            if not isinstance(error, psycopg.Error):
                self._on_fault(error)
            await self._settle(writer.backend, [one for one in batch if not one.answer.done()])

    async def _connect(self) -> Writer:
        if self._writer is None or not self._writer.is_usable:
            await self._drop_writer()
            self._writer = await Writer.open(self._url, self._answer_timeout)
        return self._writer

    async def _drop_writer(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            await writer.close()

    async def _commit(self, writer: Writer, batch: list[Waiting]) -> None:
        groups = [batch]
        while groups:
            groups += await self._try(writer, groups.pop())

    async def _try(self, writer: Writer, group: list[Waiting]) -> list[list[Waiting]]:
        """Answers whom it can, and returns the others in groups that are worth another try.

        What the database refuses costs only the appends at fault. Raises psycopg.Error when it is unknown whether
        those without an answer are recorded.
        """
        if not group:
            return []
        appends = [one.append for one in group]
        start = perf_counter()
        refusal = await writer.try_commit(appends)
        if self._on_commit is not None:
            self._on_commit(sum(len(append.rows) for append in appends), perf_counter() - start)
        if refusal is None:
            for one in group:
                one.succeed()
            return []
        with writer.watched():
            faults = await find_fault(writer.connection, appends, refusal)
        innocent = [one for one in group if one.append not in faults]
        for one in group:
            if one.append in faults:
                one.fail(faults[one.append])
        return [innocent] if faults else [[one] for one in innocent]

    async def _settle(self, lost: Backend, unknown: list[Waiting]) -> None:
        """Answers them as soon as the database can be asked: until then any answer might be false."""
        recorded = None
        while recorded is None and not self._has_given_up:
            recorded = await self._ask(lost, [one.append for one in unknown])
        for one in unknown:
            if recorded is None:
                one.fail(EngineError("closed before it was known whether the events are recorded"))
            elif one.append in recorded:
                one.succeed()
            else:
                one.fail(StoreUnavailable("the connection broke before the commit"))

    async def _ask(self, lost: Backend, appends: list[Append]) -> set[Append] | None:
        try:
            if self._writer is not None and self._writer.backend == lost:
                await self._drop_writer()
            writer = await self._connect()
            with writer.watched():
                return await recorded_appends(writer, lost, appends)
        except Exception as error:  # those who wait have no answer yet: there must be another try
            await self._pause_after(error)
            return None

    async def _pause_after(self, error: Exception) -> None:
        if isinstance(error, psycopg.Error):
            await asyncio.sleep(RECONNECT_PAUSE)
        else:
            self._on_fault(error)
            await asyncio.sleep(FAULT_PAUSE)
