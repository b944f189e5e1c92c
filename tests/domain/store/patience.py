"""Waiting for what happens elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def until(happened: Callable[[], bool], seconds: float = 20) -> None:
    """Returns when it has happened; what it is about lies in another process, which can't set an event of ours."""
    async with asyncio.timeout(seconds):
        while not happened():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.005)
