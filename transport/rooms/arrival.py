"""Estimates when written bytes have arrived at a client, over the slowest line that the server accepts."""

from __future__ import annotations

SLOWEST_BYTES = 16 * 1024
"""A second."""


class Arrival:
    """Of one connection. An answer to a ping is due only then: the ping waits behind what was written before.

    What the network and proxies hold cannot be asked, so that this is an estimate. Times are seconds of one clock.
    """

    __slots__ = ("_by", "_since_pong")

    def __init__(self) -> None:
        self._by = 0.0
        self._since_pong = 0

    def wrote(self, now: float, size: int) -> None:
        """So many bytes more are on their way."""
        self._by = max(self._by, now) + size / SLOWEST_BYTES
        self._since_pong += size

    def ponged(self, now: float) -> None:
        """The client answered a ping, which was sent after the last answer: what was written before has arrived."""
        self._by = min(self._by, now + self._since_pong / SLOWEST_BYTES)
        self._since_pong = 0

    def seconds(self, now: float) -> float:
        """How long it may take yet; 0 when all has arrived."""
        return max(0.0, self._by - now)
