"""Large events are read, decoded and freed a few at a time: counted in bytes and in turns of the loop, not in time."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from domain.ids import CampaignId
from domain.postgres import PostgresStore
from domain.postgres.store import DECODED_BYTES, READ_BYTES, READ_EVENTS
from tests.domain.store.decoding_turns import decoding_turns
from tests.domain.store.streams import a_campaign, map_part, reveals

LARGE = 60


@pytest.fixture
async def large(postgres: PostgresStore) -> CampaignId:
    """A campaign of parts of maps, between usual events."""
    campaign = a_campaign()
    await postgres.append(reveals(campaign, range(1, 1_001)))
    for version in range(1_001, 1_001 + LARGE):
        await postgres.append([map_part(campaign, version)])
    await postgres.append(reveals(campaign, range(1_001 + LARGE, 1_301)))
    return campaign


async def test_a_turn_decodes_and_frees_little(
    postgres: PostgresStore, large: CampaignId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not more than its bound, or one event that is larger, for whoever keeps nothing of what was read."""
    versions: list[int] = []
    with decoding_turns(monkeypatch) as turns:
        async for events in postgres.read(large):
            versions += [event.originator_version for event in events]
        del events
    assert versions == list(range(1, 1_301))
    (largest,) = [max(map(_size, rows)) async for rows in postgres.rows(large, 1_000, 1_001)]
    assert largest > DECODED_BYTES
    assert max(turns.decoded.values()) <= largest
    assert sum(turns.freed.values()) == sum(turns.decoded.values())
    # The batch of before goes when the next one has come.
    assert max(turns.freed.values()) <= largest


async def test_no_more_is_fetched_at_once_than_its_bound(postgres: PostgresStore) -> None:
    """By bytes as well as by events; a page of usual events is as long as ever."""
    campaign, random = a_campaign(), Random(1)
    await postgres.append(reveals(campaign, range(1, 1_001)))
    for version in range(1_001, 1_041):
        part = map_part(campaign, version, hexes=2_000)
        # No two alike: what is stored is as large as what is read.
        changes = tuple((key, random.randbytes(30).hex()) for key, _ in part.changes)
        await postgres.append([part.model_copy(update={"changes": changes})])
    pages = [rows async for rows in postgres.rows(campaign)]
    assert [row.version for rows in pages for row in rows] == list(range(1, 1_041))
    assert [len(rows) for rows in pages[:2]] == [READ_EVENTS, READ_EVENTS]
    assert max(sum(map(_size, rows)) for rows in pages) <= 2 * READ_BYTES
    assert max(len(rows) for rows in pages[2:]) > 1


async def test_a_short_part_of_a_stream(postgres: PostgresStore, large: CampaignId) -> None:
    """Ends where it is asked to, whatever the size."""
    for after, up_to in ((0, 1), (999, 1_005), (1_003, 1_004), (1_050, 1_300), (1_300, None)):
        versions = [row.version async for rows in postgres.rows(large, after, up_to) for row in rows]
        assert versions == list(range(after + 1, (up_to or 1_300) + 1))


def _size(row: Any) -> int:
    return len(row.data)
