"""Which sign-ins were revoked a moment ago: who was looked up before that must not be let in after it."""

from __future__ import annotations

REMEMBERED = 10_000
"""More than can happen while somebody comes in."""


class RecentSignOuts:
    """By the hash of the token; the oldest are forgotten first."""

    def __init__(self) -> None:
        self._hashes: dict[bytes, None] = {}

    def add(self, token_hash: bytes) -> None:
        """To be called before the open sockets are looked through."""
        self._hashes[token_hash] = None
        if len(self._hashes) > REMEMBERED:
            del self._hashes[next(iter(self._hashes))]

    def __contains__(self, token_hash: bytes) -> bool:
        return token_hash in self._hashes
