"""The evening of the examples, played from beginning to end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.conftest import fresh_database
from tests.transport.rehearsal.scripts import DM, TITLE, reveal, send, write
from transport.accounts import OPERATOR, Directory
from transport.accounts.tokens import join_link
from transport.cli.rehearse import rehearse
from transport.client import Client
from transport.database import connection_pool
from transport.rehearsal.script import InvalidScript
from transport.server.server import running
from transport.settings import Settings

EVENING = Path(__file__).parents[2] / "examples" / "first-evening.jsonl"


def reported(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What was said to programs, between the lines of a log that nobody sent elsewhere."""
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    report: dict[str, Any] = json.loads(line)
    return report


async def test_evening_on_its_own_server(capsys: pytest.CaptureFixture[str]) -> None:
    """With nothing given a server is started, the evening is played, and all know what they should."""
    assert await rehearse(EVENING, as_json=True) == 0
    report = reported(capsys)
    assert report["ok"]
    assert report["logChecked"]
    assert report["commands"] >= 140
    known = {viewer["who"]: viewer["hexes"] for viewer in report["viewers"]}
    assert known["dm"] == known["mira"] == 768
    players = [known[player] for player in ("ada", "bo", "cy", "dee")]
    assert all(0 < hexes < 768 for hexes in players)
    assert len(set(players)) == 4
    assert all(sum(viewer["terrain"].values()) == viewer["hexes"] for viewer in report["viewers"])
    assert [viewer["role"] for viewer in report["viewers"]] == ["dm", "dm", *["player"] * 4]


async def test_evening_on_a_running_server(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    """On a running server it is played twice, each time with a campaign of its own, and printed for people."""
    async with running(Settings(port=0, leave_grace_seconds=0.1), database) as url:
        for _ in range(2):
            assert await rehearse(EVENING, url, database=database) == 0
        async with Client(url) as stranger:
            await stranger.sign_up("Nobody")
            assert await stranger.campaigns() == []
    shown, said = capsys.readouterr()
    assert shown.count("All know just what they should, according to a new connection and to the log.") == 2
    assert "Wren and Mira: 768 hexes" in shown
    assert "· fog" in shown
    assert "Bo's train goes into a tunnel." in said


async def test_without_its_database(
    database: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the server's database the log is not read, which is said, and the rest decides."""
    monkeypatch.delenv("FOGBOUND_DATABASE_URL", raising=False)
    async with running(Settings(port=0, leave_grace_seconds=0.1), database) as url:
        assert await rehearse(EVENING, url) == 0
    shown = capsys.readouterr().out
    assert "according to a new connection." in shown
    assert "The log itself was not read" in shown


async def test_database_of_the_environment(
    database: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database of a running server can also come from FOGBOUND_DATABASE_URL."""
    monkeypatch.setenv("FOGBOUND_DATABASE_URL", database)
    async with running(Settings(port=0, leave_grace_seconds=0.1), database) as url:
        assert await rehearse(EVENING, url, as_json=True) == 0
    assert reported(capsys)["logChecked"]


async def test_server_that_takes_no_sign_ups(database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where people come in by invite the DM's sign-in link opens the door, and names the server."""
    script = write(tmp_path, TITLE, DM, send("dm", "session:start"))
    async with connection_pool(database) as pool, running(Settings(port=0, signup="invite"), database) as url:
        directory = Directory(pool)
        owner = await directory.create_person("The owner")
        campaign = await directory.create_campaign("Another", owner, by=OPERATOR)
        invite = await directory.create_invite(campaign, "dm", person=owner, by=OPERATOR)
        assert await rehearse(script, url, database=database) == 1
        assert "People come in by invite here" in capsys.readouterr().err
        assert await rehearse(script, link=join_link(url, invite.token), database=database) == 0
        assert [one.name for one in await directory.campaigns_of(owner)] == ["Another", "A short evening"]


async def test_mismatch_is_a_failure(
    database: str, server_url: str, migrated_template: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """When the log does not say what a viewer knows the rehearsal fails, and names who and what."""
    script = write(tmp_path, TITLE, DM, reveal("1,1"))
    with fresh_database(server_url, migrated_template) as another:
        async with running(Settings(port=0), database) as url:
            assert await rehearse(script, url, database=another) == 1
    shown = capsys.readouterr().out
    assert "✗ dm does not know what the log says:" in shown
    assert "revealed: 1,1 too much" in shown


async def test_bad_script_is_not_played(database: str, tmp_path: Path) -> None:
    """A fault in the last line keeps the first from being played."""
    script = write(tmp_path, TITLE, DM, send("dm", "session:start"), send("dm", "session:stop"))
    async with running(Settings(port=0), database) as url:
        with pytest.raises(InvalidScript, match="line 4"):
            await rehearse(script, url)
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from person").fetchone() == (0,)


async def test_no_server_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A server that does not answer is a plain word and a failure."""
    script = write(tmp_path, TITLE, DM, send("dm", "session:start"))
    assert await rehearse(script, "http://127.0.0.1:9") == 1
    assert "POST /api/people at http://127.0.0.1:9" in capsys.readouterr().err
