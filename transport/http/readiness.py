"""Whether the server can commit: to find out takes a commit, so that all who ask within a second share an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

SHARED_SECONDS = 1.0

Ready = Callable[[], Awaitable[bool]]
"""Whether the node can commit; may raise domain.store.StoreUnavailable instead."""


class Readiness:
    """Asks `ready` at most once a second, however many want to know."""

    def __init__(self, ready: Ready) -> None:
        self._ready = ready
        self._answer: asyncio.Future[bool] | None = None
        self._until = 0.0

    async def is_ready(self) -> bool:
        """Raises what `ready` raises."""
        clock = asyncio.get_running_loop().time
        if self._answer is None or (self._answer.done() and clock() >= self._until):
            self._answer = asyncio.ensure_future(self._ready())
            self._answer.add_done_callback(self._answered)
        return await asyncio.shield(self._answer)

    def _answered(self, answer: asyncio.Future[bool]) -> None:
        self._until = asyncio.get_running_loop().time() + SHARED_SECONDS
        if not answer.cancelled():
            answer.exception()  # whoever asked may be gone: it is no fault that nobody looks at
