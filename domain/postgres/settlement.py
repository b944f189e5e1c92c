"""A connection broke around a commit, and nobody knows whether it went through: the log knows."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from psycopg import OperationalError

from domain.append import Append
from domain.postgres.fault import decided_commands
from domain.postgres.session import as_login
from domain.postgres.statements import SQL
from domain.postgres.writer import Backend, Writer
from domain.refusals import Refused


async def recorded_appends(writer: Writer, lost: Backend, appends: Sequence[Append]) -> set[Append]:
    """Which of the appends that the lost connection sent are in the log, now and for ever. Raises psycopg.Error."""
    await _end(writer, lost)
    found = await _recorded_events(writer, [row.event_id for append in appends for row in append.rows])
    with_events = {append for append in appends if append.rows and all(row.event_id in found for row in append.rows)}
    # A refusal has no id of its own. If it is there with the same code, it does not matter who recorded it.
    decided = await decided_commands(writer.connection, appends)
    return with_events | {
        append
        for append in appends
        if not append.rows
        and all(
            isinstance(outcome := decided.get((append.campaign, command)), Refused) and outcome.code == why.code
            for command, why in append.refused.items()
        )
    }


async def _end(writer: Writer, lost: Backend) -> None:
    """Until its process is gone the commit may still happen."""
    parameters = {"pid": lost.pid, "started": lost.started}
    async with as_login(writer.connection):
        cursor = await writer.connection.execute(SQL["end_backend"], parameters)
        ends = [ended for (ended,) in await cursor.fetchall()]
    if not all(ends):
        raise OperationalError(f"the server process {lost.pid} does not end")


async def _recorded_events(writer: Writer, event_ids: list[UUID]) -> set[UUID]:
    async with writer.connection.transaction():
        # A pooler may stand between us and the process above; but whoever commits holds the lock.
        await writer.connection.execute("execute lock_log")
        cursor = await writer.connection.execute(SQL["recorded_events"], {"event_ids": event_ids})
        return {event_id async for (event_id,) in cursor}
