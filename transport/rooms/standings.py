"""The newest version of campaigns: one query to the store for all who ask at about the same time."""

from __future__ import annotations

import asyncio

from domain.ids import CampaignId
from domain.postgres.pool import asking_for
from domain.store import EventStore, Standing

AT_ONCE = 1_000
"""Campaigns in one question."""


class Standings:
    """An answer is never older than the call: who asks while a question is under way shares the next one."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._wanted: dict[CampaignId, asyncio.Future[Standing]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def of(self, campaign: CampaignId) -> Standing:
        """Raises StoreUnavailable."""
        answer = self._wanted.get(campaign)
        if answer is None:
            answer = self._wanted[campaign] = asyncio.get_running_loop().create_future()
        if self._asking is None:
            with asking_for("standings"):  # for everybody
                self._asking = asyncio.create_task(self._ask(), name="standings")
        # Others wait for the same answer: who gives up must not take it from them.
        return await asyncio.shield(answer)

    async def _ask(self) -> None:
        while self._wanted:
            asked = {one: self._wanted.pop(one) for one in list(self._wanted)[:AT_ONCE]}
            try:
                found = await self._store.standings(list(asked))
                answers = [found[campaign] for campaign in asked]
            except Exception as error:  # whatever it was: nobody may wait for ever
                for answer in asked.values():
                    answer.set_exception(error)
                    answer.exception()  # whoever asked may have given up
            else:
                for answer, standing in zip(asked.values(), answers, strict=True):
                    answer.set_result(standing)
        self._asking = None
