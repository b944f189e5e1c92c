"""A rate with a burst."""

from __future__ import annotations

ROUNDING = 1e-9
"""Of a token: what is missing by less is there."""


class TokenBucket:
    """`rate` a second, `burst` at once; 0 for either sets no limit. Time is in seconds and given by the caller."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._at = now

    def take(self, now: float, count: float = 1) -> float:
        """Takes some and returns the seconds to wait until they are covered; 0 if they are."""
        if self._burst == 0 or self._rate == 0:
            return 0.0
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate) - count
        self._at = now
        return max(0.0, -self._tokens / self._rate)

    def take_if_covered(self, now: float, count: float = 1) -> float:
        """Takes some and returns 0 if they are there, or as many as there can be; else the seconds until they are."""
        if self._burst == 0 or self._rate == 0:
            return 0.0
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        missing = min(count, self._burst) - self._tokens
        if missing > ROUNDING:
            return missing / self._rate
        self._tokens -= count
        return 0.0

    def until_full(self, now: float) -> float:
        """Seconds until nobody can tell it from a new one."""
        if self._burst == 0 or self._rate == 0:
            return 0.0
        return max(0.0, (self._burst - self._tokens) / self._rate - (now - self._at))
