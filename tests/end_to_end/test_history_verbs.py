"""The past in the shell: the real program on a real database."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg

from domain.postgres import PostgresStore
from tests.conftest import fresh_database
from tests.domain.scenario import ADA, CAMPAIGN, DM, END, START, reveal
from tests.end_to_end.peers import Table, a_table
from tests.transport.history.test_answering import Log
from transport.history.past import OFTEN_SPACING
from transport.server.server import running
from transport.settings import Settings

SCRIPT: tuple[tuple[str, dict[str, Any]], ...] = (
    ("hex:update", {"changes": [{"key": "0,0", "terrain": "forest"}, {"key": "1,-1", "terrain": "lava"}]}),
    ("session:start", {}),
    ("hex:reveal", {"hexKeys": ["0,0"], "targets": "all"}),
    ("broadcast:mode", {"mode": "staged"}),
    ("hex:reveal", {"hexKeys": ["1,-1"], "targets": "all"}),
    ("session:end", {}),
)


async def run(database: str, *words: str) -> subprocess.CompletedProcess[str]:
    """`fogbound` with these words."""
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "transport.cli", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "FOGBOUND_DATABASE_URL": database, "TZ": "UTC", "COLUMNS": "120"},
    )


async def play(table: Table) -> None:
    dm = table.sockets["dm"]
    for n, (type_, fields) in enumerate(SCRIPT):
        await dm.send(type_, **fields, id=f"c{n}")
        await dm.until("ack")


def said(result: subprocess.CompletedProcess[str]) -> list[str]:
    """The lines without their times."""
    assert result.returncode == 0, result.stderr
    return [line.split("  ", 1)[-1].strip() for line in result.stdout.splitlines()]


async def test_the_past_in_the_shell(database: str, server_url: str, migrated_template: str, tmp_path: Path) -> None:
    """Replay as the DM and as a player, explain, archive and restore, share; and what can't be done says why."""
    async with running(Settings(port=0), database) as url, a_table(url, database, ("Ada",)) as table:
        await play(table)
        campaign = table.campaign
    lines = said(await run(database, "replay", campaign))
    assert lines[:7] == [
        "Dee set 2 hexes to forest and lava",
        "Dee started session 1, with Ada and Dee at the table",
        "Dee revealed 1 hex to all players",
        "Dee began to stage changes",
        "Dee staged: reveal 1 hex to all players",
        "1 staged change was dropped",
        "Dee ended the session",
    ]
    assert lines[7] == "2 hexes known · ended"
    assert "".join(lines[8:]).replace(" ", "") == "?F"
    lines = said(await run(database, "replay", campaign, "--as", "Ada", "--session", "1", "--speed", "1000"))
    assert lines[:4] == ["The session started", "1 hex revealed to you", "The DM began to prepare", "The session ended"]
    assert lines[4] == "1 hex known · ended"
    assert "".join(lines[5:]).strip() == "F"
    assert said(await run(database, "explain", campaign, "1,-1")) == [
        "session 1  Dee set it to lava",
        "session 1  Dee staged: reveal it to all players",
        "session 1  Dee dropped what was staged: reveal it to all players",
        "Now: lava, hidden from players",
    ]
    assert said(await run(database, "explain", campaign, "-1,5")) == ["Now: unknown, hidden from players"]
    file, page, other = str(tmp_path / "archive"), tmp_path / "ada.html", tmp_path / "other"
    assert said(await run(database, "archive", campaign, file)) == ["7 events archived"]
    with fresh_database(server_url, migrated_template) as elsewhere:
        assert said(await run(elsewhere, "restore", file)) == [campaign]
        assert said(await run(elsewhere, "replay", campaign))[2] == "A DM revealed 1 hex to all players"
    assert said(await run(database, "share", campaign, str(page), "--as", "Ada")) == [str(page)]
    assert "lava" not in page.read_text("utf-8").split('id="share">')[1]
    failures = {
        ("replay", campaign, "--as", "Zed"): "No member is called 'Zed': there are Ada, Dee",
        ("replay", campaign, "--session", "9"): "There is no session 9: the last one is 1",
        ("replay", "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"): "There is no campaign 0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
        ("explain", campaign, "lava"): "lava is no key of a hex: keys look like 3,-4",
        ("archive", campaign, file): f"{file} is there already: choose another name",
        ("restore", str(page)): "line 1: Invalid JSON",
        ("restore", file): f"The campaign {campaign} is here already",
        ("share", campaign, str(other), "--as", "Dee"): "A share shows what a player saw: give --as a player",
        ("share", campaign, str(page), "--as", "Ada"): f"{page} is there already: choose another name",
        (
            "share",
            campaign,
            str(tmp_path / "two"),
            "--as",
            "Ada",
            "--session",
            "2",
        ): "In session 2 this player was told nothing",
    }
    results = await asyncio.gather(*(run(database, *words) for words in failures))
    for (words, why), result in zip(failures.items(), results, strict=True):
        assert result.returncode == 1
        assert result.stderr.startswith(f"fogbound: {why}"), (words, result.stderr)
        assert result.stderr.count("\n") == 1
    assert not other.exists()


async def test_a_standby_tells_the_past_too(database: str, tmp_path: Path) -> None:
    """Where nothing can be written, what would be kept for the next one who asks is left out."""
    log = Log()
    await log.give(START, *(reveal(f"{n},0") for n in range(OFTEN_SPACING)), END, START, reveal("0,1"), END)
    async with PostgresStore(database) as store:
        await store.append(log.events)
    with psycopg.connect(database) as sql:
        sql.execute("insert into campaign (campaign_id, name) values (%s, 'Fog')", [CAMPAIGN])
        for user, role in ((DM, "dm"), (ADA, "player")):
            sql.execute("insert into person (person_id, name) values (%s, %s)", [user, role])
            sql.execute(
                "insert into member (campaign_id, person_id, role, joined_at) values (%s, %s, %s, '2026-01-01')",
                [CAMPAIGN, user, role],
            )
    standby, campaign = f"{database}&options=-c%20default_transaction_read_only%3Don", str(CAMPAIGN)
    assert len(said(await run(standby, "replay", campaign))) > 3
    assert len(said(await run(standby, "explain", campaign, "0,1"))) == 2
    for words in (
        ("share", campaign, str(tmp_path / "page.html"), "--as", "player"),
        ("archive", campaign, str(tmp_path / "archive")),
        ("report", campaign, "-o", str(tmp_path / "report.html")),
        ("export", str(tmp_path / "files")),
    ):
        assert said(await run(standby, *words)), words
    with psycopg.connect(database) as sql:
        assert sql.execute("select count(*) from keyframe").fetchone() == (0,)
