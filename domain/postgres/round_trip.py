"""One batch is one transaction and one round trip.

The driver's own pipeline hands over each statement in several turns of the event loop, which takes as long as the
commit itself. So they go straight to libpq, and leave in one write. They need no begin and no commit: what stands
between two syncs of a pipeline is one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import AsyncConnection, Error, OperationalError
from psycopg.abc import PQGen
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult
from psycopg.waiting import Wait

from domain.append import Append
from domain.postgres.rows import append_columns, refusal_columns

PREPARED = ("lock_log", "record_refusals", "append_events", "announce")
"""The statements that the connection must know by their names."""

_LONGEST_ANNOUNCEMENT = 100
"""Campaigns named in one notification: 8,000 bytes are the server's limit."""


async def commit(connection: AsyncConnection, appends: Sequence[Append]) -> Error | None:
    """Records all the appends; or none and returns why the server refused a statement, or the commit itself.

    Raises OperationalError and leaves a closed connection if it broke: then the outcome is unknown.
    """
    return await connection.wait(_transaction(connection.pgconn, appends))


def _announcement(appends: Sequence[Append]) -> bytes | None:
    """The campaigns that have something new, in text with commas; empty means that it may be any.

    None if there is nothing to announce: nobody follows refusals.
    """
    # A check of the store records nothing and takes the whole way.
    told = [append for append in appends if append.rows or append.is_empty]
    if len(told) > _LONGEST_ANNOUNCEMENT:
        return b""
    return ",".join(str(append.campaign) for append in told).encode() or None


def _transaction(pgconn: PGconn, appends: Sequence[Append]) -> PQGen[Error | None]:
    columns, announcement = append_columns(appends), _announcement(appends)
    pgconn.enter_pipeline_mode()
    pgconn.send_query_prepared(b"lock_log", None)
    if any(append.refused for append in appends):
        refusals = refusal_columns(appends)
        pgconn.send_query_prepared(b"record_refusals", refusals, [Format.BINARY] * len(refusals))
    pgconn.send_query_prepared(b"append_events", columns, [Format.BINARY] * len(columns))
    if announcement is not None:
        pgconn.send_query_prepared(b"announce", [announcement])
    pgconn.pipeline_sync()
    yield from _flush(pgconn)
    results = yield from _results(pgconn)
    pgconn.exit_pipeline_mode()
    # The answer to the sync has come, so that the transaction is over, whichever way.
    return next((error_from_result(one) for one in results if one.status == ExecStatus.FATAL_ERROR), None)


def _flush(pgconn: PGconn) -> PQGen[None]:
    while pgconn.flush():
        yield Wait.RW
        # The server may have refused something already; it could stop reading before we take that answer.
        pgconn.consume_input()


def _results(pgconn: PGconn) -> PQGen[list[PGresult]]:
    results: list[PGresult] = []
    while pgconn.status == ConnStatus.OK:
        while pgconn.is_busy():
            yield Wait.R
            pgconn.consume_input()
        result = pgconn.get_result()  # None after the results of each statement
        if result is not None and result.status == ExecStatus.PIPELINE_SYNC:
            return results
        if result is not None:
            results.append(result)
    raise OperationalError("the server's answers make no sense")
