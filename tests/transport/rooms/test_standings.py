"""Many who ask where campaigns stand share a question, and nobody gets an answer from before."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from typing_extensions import override

from domain.ids import CampaignId
from domain.memory_store import MemoryStore
from domain.store import Standing, StoreUnavailable
from tests.domain.store.streams import a_campaign, reveal
from transport.rooms.standings import Standings


class SlowStore(MemoryStore):
    """Answers when it is told to; reads at the beginning, as a database takes its snapshot."""

    def __init__(self) -> None:
        super().__init__()
        self.questions: list[list[CampaignId]] = []
        self.may_answer = asyncio.Event()
        self.failure: Exception | None = None

    @override
    async def standings(self, campaigns: Sequence[CampaignId]) -> dict[CampaignId, Standing]:
        self.questions.append(list(campaigns))
        found = await super().standings(campaigns)
        await self.may_answer.wait()
        if self.failure is not None:
            raise self.failure
        return found


async def test_who_asks_at_once_shares_a_question() -> None:
    """A hundred who come to two campaigns cost one."""
    store = SlowStore()
    standings = Standings(store)
    one, other = a_campaign(), a_campaign()
    await store.append([reveal(one, 1)])
    asking = [asyncio.create_task(standings.of(campaign)) for campaign in (one, other) * 50]
    await asyncio.sleep(0)
    store.may_answer.set()
    assert set(await asyncio.gather(*asking)) == {Standing(1, 0), Standing(0, 0)}
    assert store.questions == [[one, other]]


async def test_no_answer_is_older_than_the_question() -> None:
    """Who asks while another question is under way gets the answer to the next one."""
    store = SlowStore()
    standings = Standings(store)
    campaign = a_campaign()
    early = asyncio.create_task(standings.of(campaign))
    await asyncio.sleep(0.01)
    assert len(store.questions) == 1
    await store.append([reveal(campaign, 1)])
    late = asyncio.create_task(standings.of(campaign))
    await asyncio.sleep(0)
    store.may_answer.set()
    assert await early == Standing(0, 0)
    assert await late == Standing(1, 0)
    assert len(store.questions) == 2


async def test_who_gives_up_takes_the_answer_from_nobody() -> None:
    """The others get theirs."""
    store = SlowStore()
    standings = Standings(store)
    campaign = a_campaign()
    impatient, patient = [asyncio.create_task(standings.of(campaign)) for _ in range(2)]
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.sleep(0)
    store.may_answer.set()
    assert await patient == Standing(0, 0)


@pytest.mark.parametrize("failure", [StoreUnavailable(), RuntimeError("a fault of ours")])
async def test_a_failure_reaches_all_who_asked(failure: Exception) -> None:
    """And the next question is a new one."""
    store = SlowStore()
    standings = Standings(store)
    campaign = a_campaign()
    store.failure = failure
    store.may_answer.set()
    found = await asyncio.gather(*(standings.of(campaign) for _ in range(3)), return_exceptions=True)
    assert found == [failure] * 3
    store.failure = None
    assert await standings.of(campaign) == Standing(0, 0)


async def test_an_answer_that_lacks_somebody_fails_all_who_asked() -> None:
    """Nobody waits for ever, and the next question is a new one."""

    class Forgetful(MemoryStore):
        @override
        async def standings(self, campaigns: Sequence[CampaignId]) -> dict[CampaignId, Standing]:
            found = await super().standings(campaigns)
            if len(campaigns) > 1:
                del found[campaigns[-1]]
            return found

    standings = Standings(Forgetful())
    one, other = a_campaign(), a_campaign()
    async with asyncio.timeout(10):
        failed = await asyncio.gather(standings.of(one), standings.of(other), return_exceptions=True)
        assert [type(failure) for failure in failed] == [KeyError, KeyError]
        assert await standings.of(other) == Standing(0, 0)
