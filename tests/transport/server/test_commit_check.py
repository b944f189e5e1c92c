"""Each look costs a commit: thousands at once would keep commands from theirs."""

from __future__ import annotations

import asyncio

import pytest

from domain.store import StoreUnavailable
from tests.transport.event_loop.timeless import play
from transport.server.commit_check import SHARED_SECONDS, CommitCheck


class Store:
    """Says yes, or no."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_gone = False

    async def check(self) -> None:
        self.asked += 1
        await asyncio.sleep(0.1)
        if self.is_gone:
            raise StoreUnavailable


def test_all_who_ask_within_a_second_share_an_answer() -> None:
    """Those who come while it is being found out, and those who come soon after."""

    async def ask() -> None:
        store = Store()
        check = CommitCheck(store.check)
        for _ in range(5):
            assert await asyncio.gather(*(check.can_commit() for _ in range(1_000))) == [True] * 1_000
        assert store.asked == 1

    play(ask)


def test_it_is_found_out_anew_after_a_second() -> None:
    """Also whether it is well again."""

    async def ask() -> None:
        store = Store()
        check = CommitCheck(store.check)
        for is_gone in (False, True, False):
            store.is_gone = is_gone
            if is_gone:
                with pytest.raises(StoreUnavailable):
                    await check.can_commit()
            else:
                assert await check.can_commit()
            await asyncio.sleep(SHARED_SECONDS)
        assert store.asked == 3

    play(ask)


def test_nobody_has_to_wait_for_the_answer() -> None:
    """Whoever asked is gone: the others get theirs, and a bad one that nobody hears is no fault."""

    async def ask() -> None:
        store = Store()
        check = CommitCheck(store.check)
        first = asyncio.create_task(check.can_commit())
        await asyncio.sleep(0.05)
        first.cancel()
        assert await check.can_commit()
        assert store.asked == 1

    play(ask)
