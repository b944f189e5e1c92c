"""The event store without a server: appends of one event each, from many streams at once."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC, datetime
from uuid import uuid4

from domain.events import HexesRevealed
from domain.ids import CampaignId, CommandId, EventId, UserId
from domain.postgres import PostgresStore
from transport.event_loop.garbage import collect_rarely

STREAMS = 200
SECONDS = 3.0
REPETITIONS = 3
ACTOR = UserId(str(uuid4()))
KEYS = ("12,1", "12,2", "12,3")


async def rates(database: str) -> list[float]:
    """Durable events a second."""
    collect_rarely()
    async with PostgresStore(database) as store:
        stored = [0] * STREAMS
        tasks = [asyncio.create_task(_append_for_ever(store, stored, number)) for number in range(STREAMS)]
        await asyncio.sleep(1)
        found = []
        for _ in range(REPETITIONS):
            before, start = sum(stored), time.perf_counter()
            await asyncio.sleep(SECONDS)
            found.append((sum(stored) - before) / (time.perf_counter() - start))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return found


async def _append_for_ever(store: PostgresStore, stored: list[int], number: int) -> None:
    campaign = CampaignId(uuid4())
    while True:
        version = stored[number] + 1
        await store.append([_event(campaign, version)])
        stored[number] = version


def _event(campaign: CampaignId, version: int) -> HexesRevealed:
    return HexesRevealed(
        originator_id=campaign,
        originator_version=version,
        timestamp=datetime.now(UTC),
        event_id=EventId(uuid4()),
        actor=ACTOR,
        session_id=None,
        command_id=CommandId(str(version)),
        hex_keys=KEYS,
        audience="all",
    )


if __name__ == "__main__":
    print(json.dumps(asyncio.run(rates(sys.argv[1]))))
