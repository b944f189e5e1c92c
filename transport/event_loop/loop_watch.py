"""How long the event loop does nothing else: everybody at every table waits for its longest turn."""

from __future__ import annotations

import asyncio
from typing import Never

import structlog

from transport import metrics

LOOK_SECONDS = 0.02
"""Between two looks. A turn is seen as shorter than it is by so much at most."""

STANDSTILL_SECONDS = 0.5
"""A turn after which the log says so."""

log = structlog.get_logger()


async def watch_loop() -> Never:
    """Counts by how much each look came too late."""
    clock = asyncio.get_running_loop().time
    while True:
        due = clock() + LOOK_SECONDS
        await asyncio.sleep(LOOK_SECONDS)
        late = max(0.0, clock() - due)
        metrics.LOOP_LATE_SECONDS.observe(late)
        if late > STANDSTILL_SECONDS:
            log.warning("the event loop stood still", seconds=round(late, 2))
