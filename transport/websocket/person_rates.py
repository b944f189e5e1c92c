"""How fast each person's commands are read, over all connections to this server."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from domain.ids import UserId
from transport.http.token_bucket import TokenBucket

LOOK_SECONDS = 0.5
"""Between two looks whether somebody who waits is still there."""


class PersonRate:
    """Of one person. Who asks first is served first: a large command does not wait for small ones that came later."""

    def __init__(self, rate: float, burst: float) -> None:
        """See TokenBucket."""
        self.bucket = TokenBucket(rate, burst, _now())
        self.forgetting: asyncio.TimerHandle | None = None
        self._line: deque[asyncio.Future[None]] = deque()

    async def take(self, weight: float, is_gone: Callable[[], bool]) -> bool:
        """Returns when so much is covered; False if the one who asks is gone before."""
        if not self._line and not self.bucket.take_if_covered(_now(), weight):
            return True
        turn = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        try:
            self._let_the_first()
            while not turn.done():
                await asyncio.wait((turn,), timeout=LOOK_SECONDS)
                if is_gone():
                    return False
            while wait := self.bucket.take_if_covered(_now(), weight):
                await asyncio.sleep(min(wait, LOOK_SECONDS))
                if is_gone():
                    return False
            return True
        finally:
            self._line.remove(turn)
            self._let_the_first()

    def _let_the_first(self) -> None:
        if self._line and not self._line[0].done():
            self._line[0].set_result(None)


class PersonRates:
    """A rate outlives the last connection until its bucket is full: who comes again at once has no new burst."""

    def __init__(self, rate: float, burst: float) -> None:
        """See TokenBucket."""
        self._rate, self._burst = rate, burst
        self._rates: dict[UserId, PersonRate] = {}
        self._connections: Counter[UserId] = Counter()

    def __len__(self) -> int:
        return len(self._rates)

    @contextmanager
    def of(self, user: UserId) -> Iterator[PersonRate]:
        """While the block runs the person has a connection more."""
        rate = self._rates.get(user)
        if rate is None:
            rate = self._rates[user] = PersonRate(self._rate, self._burst)
        if rate.forgetting is not None:
            rate.forgetting.cancel()
            rate.forgetting = None
        self._connections[user] += 1
        try:
            yield rate
        finally:
            self._connections[user] -= 1
            if not self._connections[user]:
                del self._connections[user]
                self._forget_when_full(user, rate)

    def _forget_when_full(self, user: UserId, rate: PersonRate) -> None:
        if seconds := rate.bucket.until_full(_now()):
            loop = asyncio.get_running_loop()
            rate.forgetting = loop.call_later(seconds, self._forget_when_full, user, rate)
        else:
            del self._rates[user]


def _now() -> float:
    return asyncio.get_running_loop().time()
