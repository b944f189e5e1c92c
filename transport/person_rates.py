"""How fast each person's commands are read, over all connections to this server."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from domain.ids import UserId
from transport.token_bucket import TokenBucket


class PersonRates:
    """A bucket outlives the last connection until it is full: who comes again at once has no new burst."""

    def __init__(self, rate: float, burst: float) -> None:
        """See TokenBucket."""
        self._rate, self._burst = rate, burst
        self._buckets: dict[UserId, TokenBucket] = {}
        self._connections: Counter[UserId] = Counter()

    def __len__(self) -> int:
        return len(self._buckets)

    @contextmanager
    def of(self, user: UserId) -> Iterator[TokenBucket]:
        """While the block runs the person has a connection more."""
        bucket = self._buckets.get(user)
        if bucket is None:
            bucket = self._buckets[user] = TokenBucket(self._rate, self._burst, _now())
        self._connections[user] += 1
        try:
            yield bucket
        finally:
            self._connections[user] -= 1
            if not self._connections[user]:
                del self._connections[user]
                self._forget_when_full(user, bucket)

    def _forget_when_full(self, user: UserId, bucket: TokenBucket) -> None:
        if user in self._connections or self._buckets.get(user) is not bucket:
            return
        if seconds := bucket.until_full(_now()):
            asyncio.get_running_loop().call_later(seconds, self._forget_when_full, user, bucket)
        else:
            del self._buckets[user]


def _now() -> float:
    return asyncio.get_running_loop().time()
