"""Checks whether the server can commit. Each check is a commit, so all who ask within a second share one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

SHARED_SECONDS = 1.0


class CommitCheck:
    """Calls `check` at most once a second, however many want to know."""

    def __init__(self, check: Callable[[], Awaitable[None]]) -> None:
        """`check` raises domain.store.StoreUnavailable."""
        self._check = check
        self._answer: asyncio.Future[None] | None = None
        self._until = 0.0

    async def can_commit(self) -> bool:
        """True. Raises what `check` raises."""
        if self._answer is None or (self._answer.done() and asyncio.get_running_loop().time() >= self._until):
            self._answer = asyncio.ensure_future(self._check())
            self._answer.add_done_callback(self._answered)
        await asyncio.shield(self._answer)
        return True

    def _answered(self, answer: asyncio.Future[None]) -> None:
        self._until = asyncio.get_running_loop().time() + SHARED_SECONDS
        if not answer.cancelled():
            answer.exception()  # whoever asked may be gone: it is no fault that nobody looks at it
