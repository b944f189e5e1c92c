"""Calls that make the server read much: so many of each person at once, and the others of that person wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from domain.ids import UserId
from transport.http.problems import TooManyCalls

WAITING = 16
"""Calls of one person that wait: one of each tab that this person may have open."""


@dataclass(slots=True)
class _Calls:
    turns: asyncio.Semaphore
    there: int = 0


class PersonalTurns:
    """Whoever asks for much waits for themselves alone."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._of: dict[UserId, _Calls] = {}

    @asynccontextmanager
    async def of(self, person: UserId) -> AsyncIterator[None]:
        """A turn of this person's. Raises TooManyCalls when as many wait as may."""
        calls = self._of.setdefault(person, _Calls(asyncio.Semaphore(self._at_once)))
        if calls.there >= self._at_once + WAITING:
            raise TooManyCalls
        calls.there += 1
        try:
            async with calls.turns:
                yield
        finally:
            calls.there -= 1
            if not calls.there:
                del self._of[person]
