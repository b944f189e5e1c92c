"""Events that were decided when the members were others are refused."""

from __future__ import annotations

import psycopg
import pytest

from domain.ids import CampaignId
from domain.memory_store import MemoryStore
from domain.store import EventStore, Head, VersionConflict
from tests.domain.store.streams import a_campaign, reveal, stored


def note_changes(store: EventStore, database: str, campaign: CampaignId, times: int) -> None:
    """The members of the campaign have changed so many times."""
    if isinstance(store, MemoryStore):
        store.rosters[campaign] = times
        return
    with psycopg.connect(database) as sql:
        sql.execute(
            "insert into campaign (campaign_id, name, roster_version) values (%s, 'Fog', %s)"
            " on conflict (campaign_id) do update set roster_version = excluded.roster_version",
            (campaign, times),
        )


async def test_an_append_may_rest_on_the_members(store: EventStore, shared_database: str) -> None:
    """It goes through as long as they are those that it was decided for, and in any case if it does not say."""
    campaign = a_campaign()
    note_changes(store, shared_database, campaign, 3)
    assert await store.standings([campaign]) == {campaign: (0, 3)}
    await store.append([reveal(campaign, 1), reveal(campaign, 2)], 3)
    for old in (2, 4, 0):
        with pytest.raises(VersionConflict, match="members"):
            await store.append([reveal(campaign, 3)], old)
    assert (await store.head(campaign)).version == 2
    await store.append([reveal(campaign, 3)])
    note_changes(store, shared_database, campaign, 4)
    with pytest.raises(VersionConflict, match="members"):
        await store.append([reveal(campaign, 4)], 3)
    await store.append([reveal(campaign, 4)], 4)
    assert len(await stored(store, campaign)) == 4


async def test_a_campaign_that_nobody_knows_has_members_that_never_changed(store: EventStore) -> None:
    """Else a room of one that is gone would decide for ever."""
    campaign = a_campaign()
    assert await store.standings([campaign]) == {campaign: (0, 0)}
    await store.append([reveal(campaign, 1)], 0)
    with pytest.raises(VersionConflict):
        await store.append([reveal(campaign, 2)], 1)
    assert await store.head(campaign) == Head(1, (await stored(store, campaign))[0].event_id)
