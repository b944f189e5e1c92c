"""Limits how many calls of one person run at once. Further calls of that person wait; others are not affected."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from transport.http.problems import TooManyCalls


@dataclass(slots=True)
class _Calls:
    turns: asyncio.Semaphore
    there: int = 0


class PersonalTurns:
    """Whoever asks for much waits for themselves alone; beyond `waiting` calls that wait they are refused."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._at_once = at_once
        self._waiting = waiting
        self._of: dict[Hashable, _Calls] = {}

    @asynccontextmanager
    async def of(self, person: Hashable) -> AsyncIterator[None]:
        """A turn of this person's, whatever they are known by. Raises TooManyCalls when as many wait as may."""
        calls = self._of.setdefault(person, _Calls(asyncio.Semaphore(self._at_once)))
        if calls.there >= self._at_once + self._waiting:
            raise TooManyCalls
        calls.there += 1
        try:
            async with calls.turns:
                yield
        finally:
            calls.there -= 1
            if not calls.there:
                del self._of[person]
