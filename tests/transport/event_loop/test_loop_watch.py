"""A turn of the loop that takes long is counted, and a very long one is told."""

from __future__ import annotations

import asyncio
import time

from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from transport.event_loop.loop_watch import LOOK_SECONDS, STANDSTILL_SECONDS, watch_loop


def late_by(seconds: str) -> float:
    """How many looks came no later than that."""
    return REGISTRY.get_sample_value("fogbound_loop_late_seconds_bucket", {"le": seconds}) or 0.0


async def test_a_standstill_is_counted_and_told() -> None:
    """Whoever holds up the loop for long."""
    before = late_by("0.5"), late_by("+Inf")
    with capture_logs() as said:
        watching = asyncio.create_task(watch_loop())
        await asyncio.sleep(0)
        time.sleep(STANDSTILL_SECONDS + 2 * LOOK_SECONDS)  # noqa: ASYNC251 - that is what is watched for
        await asyncio.sleep(0.01)
        watching.cancel()
    assert [line["event"] for line in said] == ["the event loop stood still"]
    assert (late_by("+Inf") - late_by("0.5")) - (before[1] - before[0]) == 1
