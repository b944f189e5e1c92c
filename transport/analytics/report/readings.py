"""What a report is drawn from, as the relations of the analysts have it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from psycopg import AsyncConnection

from domain.ids import CampaignId
from domain.sql import load_statements

_SQL = load_statements("transport.analytics.report", "reading.sql")

_AT_ONCE = 1_000
"""Rows made in one turn of the loop: a few milliseconds."""

Outcome = Literal["published", "undone", "discarded", "pending"]


class Evening(NamedTuple):
    """A session; one that runs ends now."""

    number: int
    session_id: UUID
    started_at: datetime
    ended_at: datetime
    active_hours: float
    paused_hours: float


class Reveal(NamedTuple):
    """Of a hex, to all or to a player."""

    hex: str
    audience: str
    session_id: UUID | None
    at: datetime
    was_staged: bool


class Staged(NamedTuple):
    """A change; `seconds` until it was settled."""

    at: datetime
    outcome: Outcome
    seconds: float | None


class CampaignReadings(NamedTuple):
    """`stays`: seconds at the table, by session and person. `reveals` are in the order in which they happened.
    `behind`: so many events are not in the tables yet.
    """

    evenings: Sequence[Evening]
    stays: Mapping[tuple[UUID, str], float]
    reveals: Sequence[Reveal]
    staged: Sequence[Staged]
    terrain: Mapping[str, str]
    dms: frozenset[str]
    orientation: Literal["flat", "pointy"]
    behind: int


class Month(NamedTuple):
    """Of all campaigns; hours are sums."""

    month: datetime
    evenings: int
    campaigns: int
    active_hours: float
    paused_hours: float


class Played(NamedTuple):
    """A campaign."""

    campaign: UUID
    evenings: int
    hours: float
    first: datetime
    last: datetime


class AllReadings(NamedTuple):
    """`outcomes`, `shown`: numbers by month and outcome, by month and whether it was staged. `waits`: how many changes
    waited 2 ** step to 2 ** (step + 1) seconds, by step; `median`: of all of them. `campaigns`: those played longest.
    """

    months: Sequence[Month]
    outcomes: Mapping[tuple[datetime, Outcome], int]
    shown: Mapping[tuple[datetime, bool], int]
    waits: Mapping[int, int]
    median: float | None
    campaigns: Sequence[Played]


async def newest_position(connection: AsyncConnection, campaign: CampaignId) -> int:
    """That of the campaign's newest event in the whole log; 0 where nothing happened. Raises psycopg.Error."""
    return int((await _rows(connection, "newest_position", campaign=campaign))[0][0])


async def fed_up_to(connection: AsyncConnection) -> int:
    """Up to which position of the log all tables are fed, without those that stopped. Raises psycopg.Error."""
    return int((await _rows(connection, "fed_up_to"))[0][0])


async def read_campaign(connection: AsyncConnection, campaign: CampaignId) -> CampaignReadings:
    """Raises psycopg.Error."""

    async def rows(statement: str) -> list[tuple[Any, ...]]:
        return await _rows(connection, statement, campaign=campaign)

    orientations = await rows("orientation")
    return CampaignReadings(
        evenings=[Evening(*row) for row in await rows("evenings")],
        stays={(session, person): float(seconds) for session, person, seconds in await rows("stays")},
        reveals=[Reveal(*row) for row in await rows("reveals")],
        staged=[Staged(*row) for row in await rows("staged")],
        terrain=dict(await rows("lands")),
        dms=frozenset(person for (person,) in await rows("dms")),
        orientation=orientations[0][0] if orientations else "flat",
        behind=(await rows("behind"))[0][0],
    )


async def read_all(connection: AsyncConnection) -> AllReadings:
    """Takes its time: all tables are read. Raises psycopg.Error."""
    async with connection.transaction():
        await connection.execute(_SQL["patient"])
        return await _read_all(connection)


async def _read_all(connection: AsyncConnection) -> AllReadings:
    return AllReadings(
        months=[Month(*row) for row in await _rows(connection, "months")],
        outcomes={(month, outcome): number for month, outcome, number in await _rows(connection, "outcomes")},
        shown={(month, staged): number for month, staged, number in await _rows(connection, "shown")},
        waits=dict(await _rows(connection, "waits")),
        median=(await _rows(connection, "median"))[0][0],
        campaigns=[Played(*row) for row in await _rows(connection, "campaigns")],
    )


async def _rows(connection: AsyncConnection, statement: str, **parameters: object) -> list[tuple[Any, ...]]:
    cursor = await connection.execute(_SQL[statement], parameters)
    rows: list[tuple[Any, ...]] = []
    while batch := await cursor.fetchmany(_AT_ONCE):
        rows += batch
        await asyncio.sleep(0)
    return rows
