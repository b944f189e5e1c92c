"""Reports on demand, out of the database."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from domain.ids import CampaignId, UserId
from projections.people import Member
from transport.analytics.report.readings import AllReadings, CampaignReadings, read_all, read_campaign
from transport.directory.connections import Connected, Pool
from transport.drawing_library import CannotDraw

Json = dict[str, Any]

READING_SECONDS = 60.0
"""For all the statements of a report."""


class Reports(Connected):
    """Drawn one at a time, beside the loop: each takes about a quarter of a second."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self._turn = asyncio.Lock()

    async def of_campaign(self, campaign: CampaignId, title: str, members: Mapping[UserId, Member]) -> Json:
        """Its evenings; who is not among the members goes by the beginning of the id.

        Raises CannotDraw, StoreUnavailable.
        """
        async with self._turn:
            async with self._connection(READING_SECONDS) as connection:
                readings = await read_campaign(connection, campaign)
            names = {user: member.name for user, member in members.items()}
            return await asyncio.to_thread(_drawn_campaign, title, readings, _namer(names))

    async def of_all(self, names: Mapping[str, str]) -> Json:
        """All campaigns together, with those names by their ids. Raises CannotDraw, StoreUnavailable."""
        async with self._turn:
            async with self._connection(READING_SECONDS) as connection:
                readings = await read_all(connection)
            return await asyncio.to_thread(_drawn_all, readings, _namer(names))


def _namer(names: Mapping[Any, str]) -> Callable[[str], str]:
    """Those who share a name are told apart by their ids, and who has none goes by the id."""
    shared = {name for name, number in Counter(names.values()).items() if number > 1}

    def name_of(one: str) -> str:
        name = names.get(one)
        if name is None:
            return one[:8]
        return f"{name} ({one[:8]})" if name in shared else name

    return name_of


def _drawn_campaign(title: str, readings: CampaignReadings, name_of: Callable[[str], str]) -> Json:
    try:
        from transport.analytics.report.content import of_campaign
    except ImportError:
        raise CannotDraw from None
    return of_campaign(title, readings, name_of).as_json()


def _drawn_all(readings: AllReadings, name_of: Callable[[str], str]) -> Json:
    try:
        from transport.analytics.report.content import of_all
    except ImportError:
        raise CannotDraw from None
    return of_all(readings, name_of).as_json()
