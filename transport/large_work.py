"""Work on very large maps: in short turns, one piece of work at a time, and once for all who want the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from projections.turns import Turns, in_turns

T = TypeVar("T")


class LargeWork:
    """Of a server. Many pieces of work at once would each take a turn of the loop before others have theirs."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)
        self._under_way: dict[Hashable, asyncio.Task[Any]] = {}

    async def of(self, what: Hashable, begin: Callable[[], Turns[T]]) -> T:
        """What comes out of `begin`, which is called unless somebody waits for the same already."""
        task: asyncio.Task[T] | None = self._under_way.get(what)
        if task is None:
            task = self._under_way[what] = asyncio.create_task(self._do(begin))
            task.add_done_callback(lambda _: self._under_way.pop(what))
        # Whoever gives up must not take it from the others.
        return await asyncio.shield(task)

    async def _do(self, begin: Callable[[], Turns[T]]) -> T:
        async with self._turn:
            return await in_turns(begin())
