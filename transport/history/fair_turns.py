"""Turns that go round the campaigns: whoever asks for much waits behind one question of each of the others."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domain.ids import CampaignId
from domain.store import StoreUnavailable

WAIT_SECONDS = 20.0
"""After which somebody who has no turn yet is told to come again."""


class FairTurns:
    """So many at once, over all campaigns."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: OrderedDict[CampaignId, deque[asyncio.Future[None]]] = OrderedDict()

    @asynccontextmanager
    async def of(self, campaign: CampaignId) -> AsyncIterator[None]:
        """A turn of this campaign's. Raises StoreUnavailable when there is none for too long."""
        await self._take(campaign)
        try:
            yield
        finally:
            self._pass_on()

    async def _take(self, campaign: CampaignId) -> None:
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(campaign, deque()).append(turn)
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await turn
        except BaseException as problem:
            if turn.done() and not turn.cancelled():
                self._pass_on()  # it came at the moment in which nobody wanted it any more
            if isinstance(problem, TimeoutError):
                raise StoreUnavailable("too much is asked about the past") from None
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            campaign, turns = self._waiting.popitem(last=False)
            turn = turns.popleft()
            if turns:
                self._waiting[campaign] = turns  # behind all the others
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
