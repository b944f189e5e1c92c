"""Turns that go round those who wait: whoever asks for much waits behind one question of each of the others."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager, suppress


class FairTurns:
    """So many at once. Whoever waits is known by a path, such as a campaign and a person: each part goes round."""

    def __init__(self, at_once: int, wait_seconds: float) -> None:
        self._free = at_once
        self._wait_seconds = wait_seconds
        self._line = _Line()
        self.waiting = 0
        """How many wait for a turn."""

    @asynccontextmanager
    async def of(self, *path: Hashable) -> AsyncIterator[None]:
        """A turn. Raises TimeoutError when there is none for too long."""
        await self._take(path)
        try:
            yield
        finally:
            self._pass_on()

    async def _take(self, path: tuple[Hashable, ...]) -> None:
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.add(path, turn)
        self.waiting += 1
        try:
            async with asyncio.timeout(self._wait_seconds):
                await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._pass_on()  # it came at the moment in which nobody wanted it any more
            else:
                self.waiting -= 1
                self._line.leave(path, turn)
            raise

    def _pass_on(self) -> None:
        while self._line:
            turn = self._line.next()
            if not turn.done():  # else it was given up just now, and the one who did has yet to leave the line
                self.waiting -= 1
                turn.set_result(None)
                return
        self._free += 1


class _Line:
    """Those who wait, by the first part of their paths."""

    def __init__(self) -> None:
        self._here: deque[asyncio.Future[None]] = deque()
        self._beyond: OrderedDict[Hashable, _Line] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._here or self._beyond)

    def add(self, path: tuple[Hashable, ...], turn: asyncio.Future[None]) -> None:
        if path:
            self._beyond.setdefault(path[0], _Line()).add(path[1:], turn)
        else:
            self._here.append(turn)

    def leave(self, path: tuple[Hashable, ...], turn: asyncio.Future[None]) -> None:
        """Takes out one that nobody waits for any more, if it is there: else it would use up a turn of its caller."""
        if not path:
            with suppress(ValueError):
                self._here.remove(turn)
        elif (line := self._beyond.get(path[0])) is not None:
            line.leave(path[1:], turn)
            if not line:
                del self._beyond[path[0]]

    def next(self) -> asyncio.Future[None]:
        """Takes the next one out; there is one."""
        if self._here:
            return self._here.popleft()
        first, line = self._beyond.popitem(last=False)
        turn = line.next()
        if line:
            self._beyond[first] = line  # behind all the others
        return turn
