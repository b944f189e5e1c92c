"""How long to wait before the next try."""

from __future__ import annotations

from collections.abc import Callable

SHORTEST = 0.5
LONGEST = 30.0


class Backoff:
    """Waits in seconds, at random between SHORTEST and a ceiling that doubles from 1 s up to LONGEST.

    Random, since after a restart all clients come back at once otherwise.
    """

    def __init__(self, random: Callable[[], float]) -> None:
        """`random` gives numbers from 0 to 1."""
        self._random = random
        self._ceiling = 2 * SHORTEST

    def next(self) -> float:
        """The next wait."""
        wait = SHORTEST + (self._ceiling - SHORTEST) * self._random()
        self._ceiling = min(LONGEST, 2 * self._ceiling)
        return wait

    def reset(self) -> None:
        """After a success the next wait is a short one again."""
        self._ceiling = 2 * SHORTEST
