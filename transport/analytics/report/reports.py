"""Reports on demand, out of the database."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from psycopg import AsyncConnection

from domain.ids import CampaignId, UserId
from domain.postgres.pool import ConnectionPool
from projections.people import Member
from transport.analytics.report.readings import (
    AllReadings,
    CampaignReadings,
    fed_up_to,
    newest_position,
    read_all,
    read_campaign,
)
from transport.database import Connected
from transport.web.drawing_library import CannotDraw
from transport.wire.answers import ReportDrawn

READING_SECONDS = 60.0
"""For all the statements of a report."""

CATCHING_UP_SECONDS = 3.0
"""That a report waits at most for the tables; without analytics on any server they stand still."""

_GLANCE_SECONDS = 0.1


class Reports(Connected):
    """Drawn one at a time, beside the loop: each takes about a quarter of a second."""

    def __init__(self, pool: ConnectionPool) -> None:
        super().__init__(pool)
        self._turn = asyncio.Lock()

    async def of_campaign(self, campaign: CampaignId, title: str, members: Mapping[UserId, Member]) -> ReportDrawn:
        """Its evenings; who is not among the members goes by the beginning of the id.

        With all that was in the log before, unless the tables take too long to follow it: then the report says how many
        events are missing. Raises CannotDraw, StoreUnavailable.
        """
        async with self._turn:
            async with self._connection(READING_SECONDS) as connection:
                await _until_fed(connection, campaign)
                readings = await read_campaign(connection, campaign)
            names = {user: member.name for user, member in members.items()}
            return await asyncio.to_thread(_drawn_campaign, title, readings, _namer(names))

    async def of_all(self, names: Mapping[str, str]) -> ReportDrawn:
        """All campaigns together, with those names by their ids. Raises CannotDraw, StoreUnavailable."""
        async with self._turn:
            async with self._connection(READING_SECONDS) as connection:
                readings = await read_all(connection)
            return await asyncio.to_thread(_drawn_all, readings, _namer(names))


async def _until_fed(connection: AsyncConnection, campaign: CampaignId) -> None:
    newest = await newest_position(connection, campaign)
    clock = asyncio.get_running_loop().time
    until = clock() + CATCHING_UP_SECONDS
    # Another process may feed them, so that nothing can tell us.
    while await fed_up_to(connection) < newest and clock() < until:  # noqa: ASYNC110
        await asyncio.sleep(_GLANCE_SECONDS)


def _namer(names: Mapping[Any, str]) -> Callable[[str], str]:
    """Those who share a name are told apart by their ids, and who has none goes by the id."""
    shared = {name for name, number in Counter(names.values()).items() if number > 1}

    def name_of(one: str) -> str:
        name = names.get(one)
        if name is None:
            return one[:8]
        return f"{name} ({one[:8]})" if name in shared else name

    return name_of


def _drawn_campaign(title: str, readings: CampaignReadings, name_of: Callable[[str], str]) -> ReportDrawn:
    try:
        from transport.analytics.report.content import of_campaign
    except ImportError:
        raise CannotDraw from None
    return of_campaign(title, readings, name_of).as_json()


def _drawn_all(readings: AllReadings, name_of: Callable[[str], str]) -> ReportDrawn:
    try:
        from transport.analytics.report.content import of_all
    except ImportError:
        raise CannotDraw from None
    return of_all(readings, name_of).as_json()
