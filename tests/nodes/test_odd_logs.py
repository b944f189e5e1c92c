"""A campaign whose log can't be read concerns nobody else."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.end_to_end.peers import a_table
from transport.server.server import running
from transport.settings import Settings

ODD = ["data = '[]'", "type = 'comet_struck'"]


def fogbound(database: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "transport.cli", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "FOGBOUND_DATABASE_URL": database},
    )


@pytest.mark.parametrize("columns", ODD)
async def test_the_others_play_on(database: str, tmp_path: Path, columns: str) -> None:
    """Servers start, though the session runs in it; the others play, look back, and are reported on and exported."""
    settings = Settings(port=0, leave_grace_seconds=0.1)
    async with running(settings, database) as url, a_table(url, database, ("Ada",)) as odd:
        await odd.sockets["dm"].send("hex:reveal", hexKeys=["1,1"], targets="all", id="r")
        await odd.sockets["dm"].until("ack")
        await odd.sockets["dm"].send("session:start", id="s")
        await odd.sockets["dm"].until("ack")
    with psycopg.connect(database) as connection:
        connection.execute("alter table event_log disable trigger all")
        connection.execute(f"update event_log set {columns} where type = 'hexes_revealed'")
        connection.execute("alter table event_log enable trigger all")
    async with (
        running(settings, database) as here,
        running(settings, database) as there,
        a_table(here, database, ("Bo",)) as good,
    ):
        dm = good.sockets["dm"]
        await dm.send("session:start", id="s")
        await dm.until("ack")
        await dm.send("hex:reveal", hexKeys=["1,1"], targets="all", id="r")
        await dm.until("ack")
        await good.sockets["Bo"].until("hex:revealed")
        bo = good.players["Bo"]
        bo.url = there
        await bo.join(good.campaign)
        await bo.call("GET", f"/api/campaigns/{good.campaign}/sessions")
        listed = await asyncio.to_thread(fogbound, database, "campaign", "list")
        assert {odd.campaign, good.campaign} <= set(listed.stdout.split())
        for words in (
            ("project", "--once"),
            ("report", good.campaign, "--output", str(tmp_path / "good.html")),
            ("report", "--output", str(tmp_path / "all.html")),
            ("export", str(tmp_path / "exported")),
            ("archive", good.campaign, str(tmp_path / "good.archive")),
            ("archive", odd.campaign, str(tmp_path / "odd.archive")),
            ("forget", bo.user_id),
        ):
            done = await asyncio.to_thread(fogbound, database, *words)
            assert done.returncode == 0, done.stderr
            assert "Traceback" not in done.stderr
        for words in (("restore", str(tmp_path / "odd.archive")), ("replay", odd.campaign)):
            failed = await asyncio.to_thread(fogbound, database, *words)
            assert failed.returncode == 1
            assert failed.stderr.count("\n") == 1, failed.stderr
