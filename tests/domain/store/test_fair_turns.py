"""Turns go round the campaigns, and nobody waits for one without an end."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from domain.ids import CampaignId
from domain.postgres.fair_turns import FairTurns

BUSY, QUIET, OTHER = (CampaignId(uuid4()) for _ in range(3))


class Scene:
    """Those who want turns, of which there is one at a time; each keeps it until it is told to go on."""

    def __init__(self, wait_seconds: float = 30) -> None:
        self.turns = FairTurns(1, wait_seconds)
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


async def test_who_waits_too_long_is_turned_away() -> None:
    """And is in nobody's way afterwards."""
    scene = Scene(0.01)
    first = asyncio.create_task(scene.want(BUSY))
    await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
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


async def test_within_a_campaign_they_go_round_the_people() -> None:
    """A path has several parts: one caller of a campaign waits behind one of each other caller there."""
    turns, had = FairTurns(1, 30), []

    async def want(*path: str) -> None:
        async with turns.of(*path):
            had.append("".join(path))
            await asyncio.sleep(0)

    paths = [("a", "1"), ("a", "1"), ("a", "1"), ("a", "2"), ("b", "1"), ("b",)]
    async with turns.of("first"):
        wanting = [asyncio.create_task(want(*path)) for path in paths]
        await asyncio.sleep(0)
        assert turns.waiting == 6
    await asyncio.gather(*wanting)
    assert had == ["a1", "b", "a2", "b1", "a1", "a1"]
    assert turns.waiting == 0


async def test_who_gives_up_at_the_moment_of_a_turn_is_passed_over() -> None:
    """The turn comes before the one who gave up could leave the line: the next one has it, and none is lost."""
    scene = Scene()
    async with scene.turns.of(BUSY):
        gone, next_one = (asyncio.create_task(scene.want(QUIET)) for _ in range(2))
        await asyncio.sleep(0)
        gone.cancel()
    await asyncio.sleep(0)
    assert scene.had == [QUIET]
    scene.go_on.release()
    await asyncio.gather(gone, next_one, return_exceptions=True)
    assert await scene.all_had_theirs(OTHER) == [QUIET, OTHER]


async def test_whoever_was_given_a_turn_waits_no_more() -> None:
    """From the moment of the turn on, though they have yet to run."""
    scene = Scene()
    async with scene.turns.of(BUSY):
        next_one = asyncio.create_task(scene.want(QUIET))
        await asyncio.sleep(0)
        assert scene.turns.waiting == 1
    assert scene.turns.waiting == 0
    scene.go_on.release()
    await next_one


async def test_whoever_gave_up_costs_their_caller_nothing() -> None:
    """The line has none that nobody waits for: those who wait get each turn of their caller."""
    turns, had = FairTurns(1, 30), []

    async def want(caller: str) -> None:
        async with turns.of(caller):
            had.append(caller)

    async with turns.of("first"):
        gone = [asyncio.create_task(want("a")) for _ in range(3)]
        await asyncio.sleep(0)
        for one in gone:
            one.cancel()
        await asyncio.gather(*gone, return_exceptions=True)
        wanting = [asyncio.create_task(want(caller)) for caller in ("b", "b", "a")]
        await asyncio.sleep(0)
    await asyncio.gather(*wanting)
    assert had == ["b", "a", "b"]
