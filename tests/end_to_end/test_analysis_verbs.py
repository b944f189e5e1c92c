"""Files and reports in the shell: the real program on a real database."""

from __future__ import annotations

import json
from pathlib import Path

from tests.access import access_of
from tests.conftest import with_database
from tests.end_to_end.peers import a_table
from tests.end_to_end.test_history_verbs import play, run
from tests.projections.postgres.odd_events import poison
from transport.server.server import running
from transport.settings import Settings


async def test_files_in_the_shell(database: str, tmp_path: Path) -> None:
    """Written as an analyst, gone on with, chosen; and what can't be done says why."""
    async with running(Settings(port=0), database) as url, a_table(url, database, ("Ada",)) as table:
        await play(table)
        campaign = table.campaign
    assert (await run(database, "project", "--once")).returncode == 0
    as_analyst = f"{database}&options=-c%20role%3D{access_of(database).analyst_role}"
    files = str(tmp_path / "files")
    done = await run(as_analyst, "export", files)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{files}: ")
    assert done.stdout.endswith(" rows in 19 files\n")
    assert (tmp_path / "files" / "event.parquet").is_file()
    again = await run(as_analyst, "export", files)
    assert (again.returncode, again.stderr) == (
        1,
        f"fogbound: There is an export in {files}: choose --since-last, or another directory\n",
    )
    assert (await run(as_analyst, "export", files, "--since-last")).stdout == done.stdout
    words = ("--format", "ndjson", "--campaign", campaign, "--since", "2100-01-01")
    none = await run(database, "export", str(tmp_path / "none"), *words)
    assert none.stdout == f"{tmp_path / 'none'}: 0 rows in 19 files\n"
    manifest = json.loads((tmp_path / "none" / "manifest.json").read_bytes())
    assert (manifest["campaign"], manifest["since"]) == (campaign, "2100-01-01T00:00:00Z")
    wrong = await run(database, "export", str(tmp_path / "wrong"), "--since", "yesterday")
    assert wrong.returncode == 2
    assert "yesterday" in wrong.stderr


async def test_files_beside_a_campaign_that_is_set_aside(database: str, tmp_path: Path) -> None:
    """All campaigns are exported, and a line says what is missing in the tables."""
    odd = await poison(database, "player_joined", '{"player_id": "nobody"}')
    assert (await run(database, "project", "--once")).returncode == 0
    done = await run(database, "export", str(tmp_path / "files"), "--format", "ndjson")
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / 'files'}: 2 rows in 19 files\n")
    assert done.stderr.startswith(f"campaign {odd} is set aside: event 1, a player_joined: ")
    assert done.stderr.count("\n") == 1


async def test_reports_in_the_shell(database: str, tmp_path: Path) -> None:
    """With names only where they are asked for; a file that is there stays."""
    async with running(Settings(port=0), database) as url, a_table(url, database, ("Adaline",)) as table:
        await play(table)
        campaign = table.campaign
    assert (await run(database, "project", "--once")).returncode == 0
    names, plain, everything = (tmp_path / f"{name}.html" for name in ("names", "plain", "all"))
    assert (await run(database, "report", campaign, "-o", str(names), "--names")).stdout == f"{names}\n"
    assert (await run(database, "report", campaign, "-o", str(plain))).returncode == 0
    assert (await run(database, "report", "--output", str(everything))).returncode == 0
    assert b"Adaline" in names.read_bytes()
    assert b"Adaline" not in plain.read_bytes()
    assert b"1 evening" in everything.read_bytes()
    again = await run(database, "report", campaign, "-o", str(names))
    assert again.returncode == 1
    assert again.stderr == f"fogbound: {names} is there already: choose another name\n"
    elsewhere = await run(with_database(database, "postgres"), "report", "-o", str(tmp_path / "elsewhere.html"))
    assert (elsewhere.returncode, elsewhere.stderr) == (
        1,
        "fogbound: The database is not up to date: run `fogbound migrate`\n",
    )
    nothing = await run(database, "report", "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d", "-o", str(tmp_path / "no.html"))
    assert (nothing.returncode, nothing.stderr) == (
        1,
        "fogbound: There is no campaign 0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d\n",
    )
