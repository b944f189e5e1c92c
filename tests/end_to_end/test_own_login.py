"""A database as a careful operator has it: servers sign in as somebody who can't change its tables."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import psycopg

from domain.ids import CampaignId
from migrations.runner import migrate
from projections.room_state import RoomState
from tests.access import Kept
from tests.end_to_end.peers import a_table
from tests.end_to_end.test_history_verbs import play
from transport.database import connection_pool
from transport.rooms.loading import Snapshot
from transport.rooms.snapshot_store import SnapshotStore
from transport.rooms.windows import KeptWindows
from transport.server.server import running
from transport.settings import Settings

MAP = Path("examples/fogbound-coast.json")
MAP_TEXT = MAP.read_text(encoding="utf-8")


async def fogbound(kept: Kept, *words: str) -> subprocess.CompletedProcess[str]:
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "transport.cli", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "FOGBOUND_DATABASE_URL": kept.server_url, "FOGBOUND_OWNER_URL": kept.owner_url},
    )
    assert done.returncode == 0, done.stderr
    return done


async def test_an_evening(kept: Kept) -> None:
    """Everything that a server does: people come, play, are raised and removed, two servers share it, analysts read."""
    settings = Settings(port=0, leave_grace_seconds=0.1)
    async with (
        running(settings, kept.server_url) as url,
        running(settings, kept.server_url) as other_url,
        a_table(url, kept.admin_url, ("Ada", "Bo")) as table,
    ):
        ada, bo = table.players.values()
        await table.dm.call("POST", f"/api/campaigns/{table.campaign}/map", json.loads(MAP_TEXT), expect=200)
        await play(table)
        there = table.new_person()
        there.url = other_url
        await there.sign_up("Cy")
        await table.invite(there)
        socket = await there.join(table.campaign)
        await table.sockets["dm"].send("broadcast:mode", mode="immediate")
        await table.sockets["dm"].send("hex:reveal", hexKeys=["5,5"], targets="all")
        await socket.until("hex:revealed")
        await table.dm.call("PATCH", f"/api/campaigns/{table.campaign}/members/{ada.user_id}", {"role": "dm"})
        await table.dm.call("DELETE", f"/api/campaigns/{table.campaign}/members/{bo.user_id}", expect=204)
        assert await table.sockets["Bo"].close_code() == 4003
        await there.call("DELETE", "/api/session", expect=204)
        await table.dm.call("GET", f"/api/campaigns/{table.campaign}/report")
        async with asyncio.timeout(20):
            while not await asyncio.to_thread(asked, kept.admin_url, "select count(*) from analytics.session"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    async with connection_pool(kept.server_url) as pool:
        assert (
            await SnapshotStore(pool).keep_next(
                CampaignId(UUID(table.campaign)), Snapshot(RoomState(version=5), KeptWindows()), 0
            )
            == 5
        )


def asked(url: str, question: str) -> int:
    with psycopg.connect(url) as connection:
        [(number,)] = connection.execute(question.encode()).fetchall()
    return int(number)


async def test_the_verbs(kept: Kept, tmp_path: Path) -> None:
    """Those that only the owner may call sign in as the owner; servers can feed the tables that are made anew."""
    campaign = (await fogbound(kept, "campaign", "create", "Fog")).stdout.split()[0]
    await fogbound(kept, "map", "import", campaign, str(MAP))
    await fogbound(kept, "campaign", "invite", campaign)
    await fogbound(kept, "campaign", "list")
    await fogbound(kept, "project", "--once")
    assert (await fogbound(kept, "project", "rebuild")).stdout.endswith("events projected\n")
    await fogbound(kept, "project", "--once")
    await fogbound(kept, "migrate")
    assert "role" in (await fogbound(kept, "sql", "-c", "select count(*) as role from event")).stdout
    await fogbound(kept, "export", str(tmp_path / "files"))
    await fogbound(kept, "archive", campaign, str(tmp_path / "archive"))
    await fogbound(kept, "report", "-o", str(tmp_path / "report.html"))
    await fogbound(kept, "spec", "analytics")
    name = f"ines_{kept.owner_url.rpartition('/')[2][:12].replace('?', '')}"
    url = (await fogbound(kept, "analyst", "create", name)).stdout.strip()
    try:
        with psycopg.connect(url) as ines:
            assert ines.execute("select count(*) from event").fetchone() != (0,)
    finally:
        with psycopg.connect(kept.admin_url) as admin:
            admin.execute(f"drop role {name}")
    assert migrate(kept.owner_url) == []
