"""Work on very large maps: in short turns, one piece of work at a time, and once for all who want the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, TypeVar

from domain.postgres.fair_turns import FairTurns
from domain.postgres.pool import ASKING
from domain.store import StoreUnavailable
from projections.turns import Turns, in_turns

T = TypeVar("T")

WAIT_SECONDS = 20.0
"""After which somebody who has had no turn is told to come again."""


class LargeWork:
    """Of a server. Many pieces of work at once would each take a turn of the loop before others have theirs."""

    def __init__(self, wait_seconds: float = WAIT_SECONDS) -> None:
        self._turns = FairTurns(1, wait_seconds)
        self._under_way: dict[Hashable, asyncio.Task[Any]] = {}

    async def of(self, group: Hashable, what: Hashable, begin: Callable[[], Turns[T]]) -> T:
        """What comes out of `begin`, which is called unless somebody waits for the same already.

        Turns go round the groups, and in each round those who ask. Raises StoreUnavailable if there is none in time.
        """
        task: asyncio.Task[T] | None = self._under_way.get(what)
        if task is None:
            task = self._under_way[what] = asyncio.create_task(self._do(group, begin))
            task.add_done_callback(partial(self._forget, what))
        # Whoever gives up must not take it from the others.
        return await asyncio.shield(task)

    def _forget(self, what: Hashable, task: asyncio.Task[Any]) -> None:
        del self._under_way[what]
        if not task.cancelled():
            task.exception()  # perhaps all who waited for it have given up

    async def _do(self, group: Hashable, begin: Callable[[], Turns[T]]) -> T:
        async with AsyncExitStack() as turn:
            try:
                await turn.enter_async_context(self._turns.of(group, ASKING.get()))
            except TimeoutError:
                raise StoreUnavailable("very much is written for others") from None
            return await in_turns(begin())
