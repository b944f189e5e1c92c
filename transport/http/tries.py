"""Slows down those who flood, each address by itself, so that nobody locks out anybody else."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network, ip_address

from aiohttp import web

from transport.http.problems import TooManyTries
from transport.http.token_bucket import TokenBucket

_MAX_ADDRESSES = 10_000


class Tries:
    """A token bucket an address: `per_minute` at once, and as many more every minute. 0: no limit."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._buckets: dict[str, TokenBucket] = {}

    def take(self, address: str) -> None:
        """Counts a try. Raises TooManyTries."""
        now = self._clock()
        bucket = self._buckets.get(address) or TokenBucket(self._per_minute / 60, self._per_minute, now)
        if wait := bucket.take_if_covered(now):
            raise TooManyTries(math.ceil(wait))
        self._buckets.pop(address, None)
        self._buckets[address] = bucket
        if len(self._buckets) > _MAX_ADDRESSES:
            del self._buckets[next(iter(self._buckets))]  # the one that was not heard of for the longest time


def address_of(request: web.Request, proxies: int) -> str:
    """Where the call comes from, seen through `proxies` of our own; "" when that is unknown.

    An IPv6 address stands for its /64: that much one household is given.
    """
    lines = request.headers.getall("X-Forwarded-For", [])
    forwarded = [hop.strip() for line in lines for hop in line.split(",")]
    # What stands further left than our own proxies wrote may be the client's invention.
    seen = forwarded[-proxies] if 0 < proxies <= len(forwarded) else request.remote or ""
    try:
        address = ip_address(seen)
    except ValueError:
        return seen
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(IPv6Network((address, 64), strict=False))
    return str(address)
