"""Those who wait until a room knows the log up to a version."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from domain.store import StoreUnavailable

CATCH_UP_SECONDS = 5.0
"""How long somebody who joins or asks waits until the room knows what another server has acknowledged."""


class AwaitedVersions:
    """Of one room."""

    def __init__(self) -> None:
        self._awaited: list[tuple[int, asyncio.Future[None]]] = []

    async def wait_for(self, version: int, catch_up: Callable[[], None]) -> None:
        """Has it caught up with, and returns when it is reached. Raises StoreUnavailable if that takes too long."""
        reached: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._awaited.append((version, reached))
        catch_up()
        try:
            async with asyncio.timeout(CATCH_UP_SECONDS):
                await reached
        except TimeoutError:
            raise StoreUnavailable("the room does not know the newest events yet") from None
        finally:
            self._awaited = [one for one in self._awaited if one[1] is not reached]

    def reach(self, version: int) -> None:
        """Whoever waits for this one, or an earlier one, goes on."""
        for wanted, reached in self._awaited:
            if wanted <= version and not reached.done():
                reached.set_result(None)

    def give_up(self) -> None:
        """The room ends."""
        for _, reached in self._awaited:
            if not reached.done():
                reached.set_exception(StoreUnavailable("the room starts over"))
