"""Whose fault it is that the database refused a batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import psycopg
from psycopg import AsyncConnection
from psycopg.errors import NotNullViolation, ProgramLimitExceeded

from domain.append import Append
from domain.ids import CampaignId, CommandId, EventId
from domain.postgres.statements import SQL
from domain.refusals import KnownRefusal, Refused
from domain.store import (
    CommandAlreadyDecided,
    EngineError,
    EventRejected,
    Standing,
    StoreUnavailable,
    VersionConflict,
)

_ABOUT_ROWS = (psycopg.IntegrityError, psycopg.DataError, ProgramLimitExceeded)
"""The database is well, but will not take one of the rows; the last one is about keys that don't fit on a page."""

_NOTIFICATIONS = "async.c"
"""Where PostgreSQL says that its queue of notifications is full, with the same code as of keys that are too long."""


async def find_fault(
    connection: AsyncConnection, appends: Sequence[Append], refusal: psycopg.Error
) -> dict[Append, EngineError]:
    """The appends that have to fail, and why; none if only trying them one by one can tell.

    Of the others nothing was recorded either, but they are worth another try. Raises psycopg.Error.
    """
    if not isinstance(refusal, _ABOUT_ROWS) or refusal.diag.source_file == _NOTIFICATIONS:
        return {append: StoreUnavailable(str(refusal)) for append in appends}
    conflicts = await _conflicts(connection, appends)
    if conflicts or len(appends) > 1:
        return conflicts
    return {appends[0]: _explain(refusal)}


def _explain(refusal: psycopg.Error) -> EngineError:
    # append_events turns a version into null when the stream was elsewhere; by now it may have come there.
    if isinstance(refusal, NotNullViolation):
        return VersionConflict("the stream moved meanwhile")
    return EventRejected(str(refusal))


async def _conflicts(connection: AsyncConnection, appends: Sequence[Append]) -> dict[Append, EngineError]:
    commands = await decided_commands(connection, appends)
    standings = await _standings(connection, appends)
    conflicts: dict[Append, EngineError] = {}
    for append in appends:
        again = {name: commands[append.campaign, name] for name in _ids(append) if (append.campaign, name) in commands}
        if again:
            conflicts[append] = CommandAlreadyDecided(again)
        elif not append.is_empty and (conflict := _conflict(append, standings[append.campaign])):
            conflicts[append] = VersionConflict(conflict)
    return conflicts


def _conflict(append: Append, standing: Standing) -> str | None:
    if standing.version != append.decided_on:
        return f"{append.campaign} is at {standing.version}, not at {append.decided_on}"
    if append.roster not in (None, standing.roster):
        return f"the members of {append.campaign} changed"
    return None


def _ids(append: Append) -> Iterable[CommandId]:
    return (*append.commands, *append.refused)


async def decided_commands(
    connection: AsyncConnection, appends: Sequence[Append]
) -> dict[tuple[CampaignId, CommandId], EventId | Refused]:
    """The outcomes of those commands of the appends that were executed or refused before. Raises psycopg.Error."""
    wanted = [(append.campaign, command) for append in appends for command in _ids(append)]
    parameters = {
        "campaigns": [campaign for campaign, _ in wanted],
        "commands": [command for _, command in wanted],
    }
    cursor = await connection.execute(SQL["decided_commands"], parameters)
    return {
        (campaign, command): outcome_of(event_id, code, message)
        async for campaign, command, event_id, code, message in cursor
    }


def outcome_of(event_id: EventId | None, code: str, message: str) -> EventId | Refused:
    """Of a row of decided_commands: the event of a command, or why it was refused."""
    return event_id if event_id is not None else KnownRefusal(code, message)


async def _standings(connection: AsyncConnection, appends: Sequence[Append]) -> dict[CampaignId, Standing]:
    cursor = await connection.execute(SQL["standings"], {"campaigns": [append.campaign for append in appends]})
    return {campaign: Standing(version, roster) async for campaign, version, roster in cursor}
