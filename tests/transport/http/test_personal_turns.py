"""Calls that make the server read much: of each person a few at once, whoever else asks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.transport.http.site import Answer as Answered
from tests.transport.http.site import Browser, a_site
from transport.history.questions import Answer, Question

AT_ONCE, WAITING = 2, 16


class SlowHistory:
    """Answers when it is told to, and remembers who asks."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.under_way: list[Question] = []
        self.most = 0

    async def ask(self, asked: Question) -> Answer:
        self.under_way.append(asked)
        self.most = max(self.most, len(self.under_way))
        await self.may_answer.wait()
        self.under_way.remove(asked)
        return Answer(b"{}")

    async def close(self) -> None:
        """Nothing is open."""


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - it is the server's
            await asyncio.sleep(0.01)


async def test_one_persons_calls_wait_for_each_other_alone(database: str) -> None:
    """Two are looked up, sixteen wait, the next is refused; others are looked up meanwhile; all are answered."""
    history = SlowHistory()
    async with a_site(database, history=history) as site:
        dm = await site.person("Dee")
        campaign = await site.campaign(dm)
        ada, bo = await site.member(dm, campaign, "Ada"), await site.member(dm, campaign, "Bo")
        paths = ["sessions", "state?at=2026-03-01T20:15:00Z", "sessions/1/timeline"]

        def ask(who: Browser, number: int) -> asyncio.Task[Answered]:
            return asyncio.create_task(who.call("GET", f"{campaign}/{paths[number % 3]}"))

        waiting = [ask(ada, number) for number in range(AT_ONCE + WAITING)]
        await until(lambda: len(site.turns._of) == 1 and site.turns._of[ada.user_id].there == AT_ONCE + WAITING)
        await until(lambda: len(history.under_way) == AT_ONCE)
        for path in (*paths, "map"):
            refused = await ada.call("GET", f"{campaign}/{path}")
            assert (refused.status, refused.code, refused.headers["Retry-After"]) == (429, "too_many_calls", "1")
        others = [ask(bo, 0), ask(dm, 1)]
        await until(lambda: len(history.under_way) == AT_ONCE + 2)
        assert history.most == AT_ONCE + 2
        history.may_answer.set()
        assert {(await answer).status for answer in (*waiting, *others)} == {200}
        assert history.most == AT_ONCE + 2
        assert site.turns._of == {}


async def test_who_hangs_up_makes_room(database: str) -> None:
    """A call that nobody waits for any more holds no place once it is answered."""
    history = SlowHistory()
    async with a_site(database, history=history, history_calls=1) as site:
        dm = await site.person("Dee")
        campaign = await site.campaign(dm)
        calls = [asyncio.create_task(dm.call("GET", f"{campaign}/sessions")) for _ in range(3)]
        await until(lambda: site.turns._of and site.turns._of[dm.user_id].there == 3)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        history.may_answer.set()
        await until(lambda: not site.turns._of)
