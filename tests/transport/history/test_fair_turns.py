"""Turns go round the campaigns, and nobody waits for one without an end."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from domain.ids import CampaignId
from domain.store import StoreUnavailable
from transport.history.fair_turns import FairTurns

BUSY, QUIET, OTHER = (CampaignId(uuid4()) for _ in range(3))


class Scene:
    """Those who want turns, of which there is one at a time; each keeps it until it is told to go on."""

    def __init__(self) -> None:
        self.turns = FairTurns(1)
        self.had: list[CampaignId] = []
        self.go_on = asyncio.Semaphore(0)

    async def want(self, campaign: CampaignId) -> None:
        async with self.turns.of(campaign):
            self.had.append(campaign)
            await self.go_on.acquire()

    async def all_had_theirs(self, *campaigns: CampaignId) -> list[CampaignId]:
        """In which order they had them, if they ask in this one."""
        async with asyncio.TaskGroup() as group:
            for campaign in campaigns:
                group.create_task(self.want(campaign))
                await asyncio.sleep(0)
            for _ in campaigns:
                self.go_on.release()
        return self.had


async def test_whoever_asks_for_much_waits_behind_one_of_each() -> None:
    """However many were there before."""
    order = await Scene().all_had_theirs(BUSY, BUSY, BUSY, BUSY, QUIET, OTHER)
    assert order == [BUSY, BUSY, QUIET, OTHER, BUSY, BUSY]


async def test_who_waits_too_long_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """And is in nobody's way afterwards."""
    scene = Scene()
    first = asyncio.create_task(scene.want(BUSY))
    await asyncio.sleep(0)
    monkeypatch.setattr("transport.history.fair_turns.WAIT_SECONDS", 0.01)
    with pytest.raises(StoreUnavailable):
        await scene.want(QUIET)
    scene.go_on.release()
    await first
    assert await scene.all_had_theirs(OTHER) == [BUSY, OTHER]


async def test_a_turn_that_nobody_wants_any_more_goes_on() -> None:
    """Whoever is cancelled at the moment when the turn comes passes it on."""
    scene = Scene()
    async with scene.turns.of(BUSY):
        gone = asyncio.create_task(scene.want(QUIET))
        await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    assert await scene.all_had_theirs(OTHER) == [OTHER]
