"""Waiting for what happens elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def until(happened: Callable[[], bool]) -> None:
    """Returns when it has happened; what it is about lies in another process, which can't set an event of ours."""
    async with asyncio.timeout(20):
        while not happened():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.005)
