"""The cookies that were found good lately."""

from __future__ import annotations

from collections import OrderedDict

MOST = 10_000


class KnownCookies:
    """By their hashes, the newest ones. One that is worth nothing any more may be among them."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def __contains__(self, token_hash: bytes) -> bool:
        return token_hash in self._known

    def add(self, token_hash: bytes) -> None:
        """It was looked up, and is good."""
        self._known[token_hash] = None
        self._known.move_to_end(token_hash)
        if len(self._known) > MOST:
            self._known.popitem(last=False)
