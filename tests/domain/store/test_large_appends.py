"""Large appends go through, and nobody else waits for them for more than a moment."""

from __future__ import annotations

import asyncio
import time

import psycopg
import pytest

from domain.postgres import PostgresStore
from tests.domain.store.streams import a_campaign, map_part, reveal, reveals, stored


async def test_small_appends_pass_a_large_one(postgres: PostgresStore) -> None:
    """While a map of 100,000 hexes is stored, another room's appends take a moment each."""
    room, slowest, version = a_campaign(), 0.0, 0
    importing = a_campaign()
    parts = [map_part(importing, part) for part in range(1, 21)]
    await postgres.check()
    large = asyncio.create_task(postgres.append(parts))
    while not large.done():
        version += 1
        began = time.monotonic()
        await postgres.append([reveal(room, version)])
        slowest = max(slowest, time.monotonic() - began)
    await large
    assert version > 1
    assert slowest < 2
    assert len(await stored(postgres, importing)) == 20


@pytest.mark.parametrize("parts", [5, 60])
async def test_messages_of_any_size_pass(postgres: PostgresStore, parts: int) -> None:
    """Appends far beyond what a socket holds at once, 0.5 and 6 MB, are stored and read back."""
    campaign = a_campaign()
    events = [map_part(campaign, version) for version in range(1, parts + 1)]
    await asyncio.wait_for(postgres.append(events), 20)
    assert await stored(postgres, campaign) == events


async def test_many_small_events_pass(postgres: PostgresStore) -> None:
    """10,000 events in one append are one append like any other."""
    campaign = a_campaign()
    await asyncio.wait_for(postgres.append(reveals(campaign, range(1, 10_001))), 20)
    assert (await postgres.head(campaign)).version == 10_000


async def test_a_refused_large_append_does_not_stall(postgres: PostgresStore, sql: psycopg.Connection) -> None:
    """The server refuses a large batch while it is still being sent; the answer comes all the same."""
    campaign = a_campaign()
    events = [map_part(campaign, version) for version in range(1, 41)]
    bad = events[0].model_copy(update={"actor": "nobody"})
    with pytest.raises(Exception, match="uuid"):
        await asyncio.wait_for(postgres.append([bad, *events[1:]]), 20)
    await asyncio.wait_for(postgres.append(events), 20)
