"""Campaigns with an event that can't be brought into the tables of the analysts: these go on with all others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

import structlog
from psycopg import AsyncConnection

from projections.postgres.log_reader import SQL, LoggedRow
from projections.postgres.table_writer import Odd

log = structlog.get_logger()


class SetAside:
    """Those of the tables that are first in the connection's search path."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._told: set[tuple[UUID, str | None]] = set()

    async def leave_out(self, rows: Sequence[LoggedRow]) -> list[LoggedRow]:
        """The rows without what the tables do not go on with."""
        campaigns = {one.row.campaign_id for one in rows}
        last = dict(await self._fetch("set_aside_among", campaigns=list(campaigns)))
        return [one for one in rows if one.row.campaign_id not in last or one.row.version <= last[one.row.campaign_id]]

    async def put(self, odd: Odd) -> None:
        """The tables hold what comes before the odd event."""
        wanted = {"campaign": odd.campaign, "version": odd.version - 1, "why": odd.why}
        cursor = await self._connection.execute(SQL["set_aside"], wanted)
        # Once: a transaction that was undone is tried again, and newer servers take a campaign up again and again.
        if odd.is_newer:
            if self._is_news(odd.campaign, None):
                log.warning("campaign left to newer servers for analysts", campaign=str(odd.campaign), why=odd.why)
        elif cursor.rowcount and self._is_news(odd.campaign, odd.why):
            log.error("campaign set aside for analysts", campaign=str(odd.campaign), why=odd.why)

    def _is_news(self, campaign: UUID, why: str | None) -> bool:
        told = (campaign, why)
        is_news = told not in self._told
        self._told.add(told)
        return is_news

    async def put_whole(self, odd: Iterable[Odd]) -> None:
        """Where the tables may hold different parts of the campaigns: from now on they hold nothing of them."""
        first = {one.campaign: one for one in odd}
        await self._connection.execute(SQL["forget_rows"], {"campaigns": list(first)})
        for one in first.values():
            await self.put(one)
            await self.reach(one.campaign, 0)

    async def next(self, but: Collection[UUID]) -> tuple[UUID, int] | None:
        """A campaign that is set aside, and up to which version the tables have its events."""
        for campaign, version in await self._fetch("next_set_aside", campaigns=list(but)):
            return campaign, version
        return None

    async def reach(self, campaign: UUID, version: int) -> None:
        """The tables have its events up to there."""
        await self._connection.execute(SQL["reach"], {"campaign": campaign, "version": version})

    async def take_back(self, campaign: UUID) -> None:
        """The tables have all of its events, and go on with it."""
        await self._connection.execute(SQL["take_back"], {"campaign": campaign})
        log.info("campaign taken up again for analysts", campaign=str(campaign))

    async def _fetch(self, statement: str, **wanted: object) -> list[Any]:
        cursor = await self._connection.execute(SQL[statement], wanted, binary=True)
        return await cursor.fetchall()


def earliest(odd: Iterable[Odd]) -> dict[UUID, Odd]:
    """The first odd event of each campaign, whichever table can't take it."""
    found: dict[UUID, Odd] = {}
    for one in sorted(odd, key=lambda one: one.version):
        found.setdefault(one.campaign, one)
    return found
