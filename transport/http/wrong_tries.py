"""Waits that grow with every wrong secret, for each address by itself, so that nobody locks out anybody else."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from domain.refusals import Refused
from transport.accounts.refusals import TooManyByLink
from transport.http.problems import TooManyTries

LONGEST_WAIT = 30.0
"""Seconds; also the longest that anybody who mistyped waits because others attack the same link."""
_QUIET = 60.0
"""Seconds without a wrong try after which all are forgiven."""
_MOST = 10_000
"""Addresses, and as many beginnings of tokens."""
_BEGINNING = 6
"""Characters of a token that tell an attack on one link; nobody meets a stranger's by chance."""


class WrongTries:
    """`free` wrong tries a minute cost no wait, each one more doubles it: 1 s, 2 s, 4 s ... 30 s. 0: no limit.

    An address waits after its own last wrong try. How long depends on the wrong tries of the address, or on those of
    the token's beginning, if these are more. An address that made no wrong try never waits.
    """

    def __init__(self, free: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._free = free
        self._addresses = _Counts(free)
        self._beginnings = _Counts(free)

    def check(self, address: str, token: str = "") -> None:
        """Raises TooManyTries while the address has to wait."""
        now = self._clock()
        mine = self._addresses.of(address, now)
        if not self._free:
            return
        theirs = self._beginnings.of(token[:_BEGINNING], now)
        wait = mine.at + max(self._wait(mine.number), self._wait(theirs.number)) - now
        if wait > 0:
            raise TooManyTries(math.ceil(wait))

    def count(self, address: str, token: str = "") -> None:
        """A wrong try. Raises TooManyTries instead while the address has to wait."""
        self.check(address, token)
        if self._free:
            now = self._clock()
            self._addresses.add(address, now)
            self._beginnings.add(token[:_BEGINNING], now)

    @contextmanager
    def one(self, address: str, token: str) -> Iterator[None]:
        """Around a try: it is a wrong one if it is refused, but for one that only came too soon.

        Counted at first, so that many at once gain nothing.
        """
        now = self._clock()
        before = self._addresses.of(address, now), self._beginnings.of(token[:_BEGINNING], now)
        self.count(address, token)
        try:
            yield
        except BaseException as problem:
            if not isinstance(problem, Refused) or isinstance(problem, TooManyByLink):
                self._take_back(address, token, before)
            raise
        self._take_back(address, token, before)

    def _take_back(self, address: str, token: str, before: tuple[_Count, _Count]) -> None:
        if self._free:
            self._addresses.take_back(address, before[0])
            self._beginnings.take_back(token[:_BEGINNING], before[1])

    def _wait(self, number: float) -> float:
        past = number - self._free
        return min(LONGEST_WAIT, 2.0 ** min(past, 16)) if past >= 0 else 0.0


class _Count(NamedTuple):
    """How many wrong tries stand against somebody, and when the last one was made."""

    number: float
    at: float


_NONE = _Count(0, -math.inf)


class _Counts:
    """Keeps those of the last minute. Of too many, whoever was quiet for the longest time is forgotten first."""

    def __init__(self, free: int) -> None:
        self._free = free
        self._counts: dict[str, _Count] = {}

    def of(self, key: str, now: float) -> _Count:
        """What stands against the key by now: free tries come back one by one, the others after a quiet minute."""
        number, at = self._counts.get(key, _NONE)
        passed = now - at
        if passed >= _QUIET:
            return _NONE
        gone = passed / _QUIET * self._free if number < self._free else 0
        return _Count(max(0, number - gone), at)

    def add(self, key: str, now: float) -> None:
        number = self.of(key, now).number + 1
        self._keep(key, _Count(math.ceil(number) if number > self._free - 1 else number, now))

    def take_back(self, key: str, before: _Count) -> None:
        """Undoes one `add`: who has to wait does so from the last wrong try, not from this one."""
        if key in self._counts:
            number, at = self._counts[key]
            # Otherwise the free tries between the two would come back twice.
            waits = number > self._free or number <= 1
            self._keep(key, _Count(max(0, number - 1), before.at if waits else at))

    def _keep(self, key: str, count: _Count) -> None:
        self._counts.pop(key, None)
        if count != _NONE:
            self._counts[key] = count
        if len(self._counts) > _MOST:
            del self._counts[next(iter(self._counts))]
