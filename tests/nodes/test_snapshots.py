"""Snapshots of a room that several servers have open are kept once."""

from __future__ import annotations

import asyncio
from uuid import UUID

import psycopg
import pytest

from domain.ids import CampaignId, EventId
from projections import snapshots
from projections.room_state import RoomState
from tests.nodes.conftest import SplitMaker
from transport.database import connection_pool
from transport.rooms.loading import Snapshot
from transport.rooms.snapshot_store import SnapshotStore
from transport.rooms.windows import KeptWindows

CAMPAIGN = CampaignId(UUID(int=7))
SPACING, REVEALS = 20, 200


def kept_versions(database: str, campaign: object) -> list[int]:
    with psycopg.connect(database) as sql:
        query = "select version from keyframe where campaign_id = %s order by version"
        return [version for (version,) in sql.execute(query, [campaign]).fetchall()]


def a_room(version: int) -> Snapshot:
    return Snapshot(RoomState(version=version, newest=EventId(UUID(int=version))), KeptWindows())


@pytest.mark.usefixtures("quick_looking")
async def test_two_servers_keep_them_once(split: SplitMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have the room open and see that one is due: there are no two where one is enough."""
    monkeypatch.setattr(snapshots, "SPACING", SPACING)
    at = await split("Ada", resume_events=5, analytics=False)
    socket = await at.join_there(at.table.players["Ada"])
    for number in range(REVEALS):
        await at.table.sockets["dm"].send("hex:reveal", hexKeys=[f"{number},0"], targets="all")
        await socket.until("hex:revealed")
        await asyncio.sleep(0.01)  # so that both servers look several times between two that are due
    async with asyncio.timeout(10):
        # The upkeep tells nobody.
        while (kept := kept_versions(at.table.database, at.table.campaign))[-1:] < [REVEALS - 2 * SPACING]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert len(kept) > 2
    assert min(later - earlier for earlier, later in zip([0, *kept], kept, strict=False)) >= SPACING


async def test_of_two_at_once_one_is_kept(database: str) -> None:
    """Whoever comes second is told, now or the next time, what the first has kept."""
    async with connection_pool(database, size=8) as pool:
        stores = [SnapshotStore(pool) for _ in range(8)]
        told = await asyncio.gather(*(store.keep_next(CAMPAIGN, a_room(100 + n), 0) for n, store in enumerate(stores)))
        [kept] = kept_versions(database, CAMPAIGN)
        assert set(told) <= {0, kept}
        assert kept in told
        assert await stores[-1].keep_next(CAMPAIGN, a_room(150), 0) == kept
        assert await stores[-1].keep_next(CAMPAIGN, a_room(150), kept) == 150
    assert kept_versions(database, CAMPAIGN) == [kept, 150]


async def test_a_server_that_dies_meanwhile_leaves_it_to_another(database: str) -> None:
    """As long as it is at it nobody else is; with its connection that ends."""
    async with connection_pool(database) as pool:
        with psycopg.connect(database) as dying:
            claim = "select slot from snapshot_turn where slot = %s for update"
            assert dying.execute(claim, [CAMPAIGN.bytes[-1]]).fetchone() == (CAMPAIGN.bytes[-1],)
            assert await SnapshotStore(pool).keep_next(CAMPAIGN, a_room(10), 0) == 0
            assert kept_versions(database, CAMPAIGN) == []
        assert await SnapshotStore(pool).keep_next(CAMPAIGN, a_room(10), 0) == 10
    assert kept_versions(database, CAMPAIGN) == [10]
