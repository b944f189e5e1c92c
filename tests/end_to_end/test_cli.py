"""The command `fogbound`, run as a program."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pytest
from aiohttp.test_utils import unused_port

ROOT = Path(__file__).parents[2]
MAP = ROOT / "examples" / "fogbound-coast.json"
PROGRAM = [sys.executable, "-m", "transport.cli"]


def environment(**settings: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("FOGBOUND_")}
    return {**kept, **{f"FOGBOUND_{key}": value for key, value in settings.items()}}


def fogbound(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Runs it to its end."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(**settings),
        timeout=60,
        check=False,
    )


@contextmanager
def served(*arguments: str, **settings: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """The running program, and the line of JSON that it prints when it is ready."""
    program = subprocess.Popen(
        [*PROGRAM, *arguments, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env=environment(**settings),
    )
    assert program.stdout is not None
    try:
        yield program, json.loads(program.stdout.readline())
    finally:
        program.kill()
        program.wait()
        program.stdout.close()


async def redeem(url: str, token: str, name: str | None = None) -> dict[str, Any]:
    """By plain HTTP, with nothing but the token."""
    async with aiohttp.ClientSession() as http:
        body = {"token": token} if name is None else {"token": token, "name": name}
        async with http.post(f"{url}/api/invites/redeem", json=body) as answer:
            assert answer.status == 200, await answer.text()
            redeemed: dict[str, Any] = await answer.json()
            return redeemed


async def test_play_is_ready_to_play(tmp_path: Path) -> None:
    """One command gives a database, a campaign with a map, a DM's link and an invite; the next time it is all there."""
    with served("play", "--port", "0", "--data-dir", str(tmp_path)) as (program, table):
        assert (await redeem(table["url"], table["dmToken"]))["role"] == "dm"
        assert (await redeem(table["url"], table["dmToken"]))["role"] == "dm"
        player = await redeem(table["url"], table["playerToken"], "Ada")
        assert (player["role"], player["campaignId"]) == ("player", table["campaignId"])
        assert table["dmLink"] == f"{table['url']}/join#{table['dmToken']}"
        async with aiohttp.ClientSession() as http, http.get(table["dmLink"]) as page:
            assert page.status == 200
            assert page.content_type == "text/html"
        program.send_signal(signal.SIGINT)
        assert program.wait(20) == 0
    with served("play", "--port", "0", "--data-dir", str(tmp_path)) as (program, again):
        assert again["campaignId"] == table["campaignId"]
        assert (await redeem(again["url"], again["dmToken"]))["userId"] != player["userId"]
        program.send_signal(signal.SIGTERM)
        assert program.wait(20) == 0


async def test_serve_takes_its_settings_from_the_environment(database: str) -> None:
    """It serves the database that the environment names, and says where."""
    with served("serve", DATABASE_URL=database, PORT="0", PUBLIC_URL="https://fog.example") as (program, ready):
        async with aiohttp.ClientSession() as http, http.get(f"{ready['url']}/readyz") as answer:
            assert answer.status == 200
        program.send_signal(signal.SIGTERM)
        assert program.wait(20) == 0


def test_serve_wants_a_database_that_is_up_to_date(empty_database: str) -> None:
    """Without one, or with one that is not migrated, it says what to do."""
    assert "FOGBOUND_DATABASE_URL is not set" in fogbound("serve").stderr
    behind = fogbound("serve", DATABASE_URL=empty_database, PORT="0", PUBLIC_URL="https://fog.example")
    assert behind.returncode == 1
    assert "run `fogbound migrate`" in behind.stderr
    assert fogbound("migrate", DATABASE_URL=empty_database).returncode == 0
    assert "up to date" in fogbound("migrate", DATABASE_URL=empty_database).stdout


@pytest.mark.parametrize("more", [(), ("--json",)], ids=str)
def test_serve_wants_to_know_where_people_reach_it(database: str, more: tuple[str, ...]) -> None:
    """Else the links of invites would lead wherever a request says; it says so in one line and does not start."""
    done = fogbound("serve", *more, DATABASE_URL=database, PORT="0")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("fogbound: FOGBOUND_PUBLIC_URL is not set")
    assert done.stderr.count("\n") == 1


async def test_the_links_of_play_begin_with_the_address_that_it_prints(tmp_path: Path) -> None:
    """Those that a DM makes later, too, whatever host a request names; with a public URL with that."""
    port = str(unused_port())
    here = f"http://127.0.0.1:{port}"
    for settings in ({}, {"PUBLIC_URL": "https://fog.example"}):
        with served("play", "--port", port, "--data-dir", str(tmp_path), **settings) as (program, table):
            expected = settings.get("PUBLIC_URL", here)
            assert (table["url"], table["dmLink"].partition("/join")[0]) == (expected, expected)
            async with aiohttp.ClientSession() as http:
                body = {"token": table["dmToken"]}
                async with http.post(f"{here}/api/invites/redeem", json=body) as answer:
                    [cookie] = answer.cookies.values()
                for host in ("evil.example", "127.0.0.1", "localhost"):
                    headers = {"Host": host, "Cookie": f"{cookie.key}={cookie.value}"}
                    path = f"{here}/api/campaigns/{table['campaignId']}/invites"
                    async with http.post(path, json={"role": "player"}, headers=headers) as answer:
                        assert (await answer.json())["link"].startswith(f"{expected}/join#")
            program.send_signal(signal.SIGTERM)
            assert program.wait(20) == 0


def test_an_invite_of_the_operator_is_as_good_as_a_dms(database: str) -> None:
    """Without options it has the uses and hours of the settings; an operator may make more than a DM may."""
    campaign = fogbound("campaign", "create", "The Coast", DATABASE_URL=database).stdout.split()[0]
    kept = {"DATABASE_URL": database, "INVITES": "1", "INVITE_USES": "7", "INVITE_HOURS": "2"}
    for options in ((), (), ("--uses", "3", "--hours", "1")):
        assert fogbound("campaign", "invite", campaign, *options, **kept).returncode == 0
    with psycopg.connect(database) as connection:
        query = "select uses_left, extract(epoch from expires_at - created_at)::int / 3600 from invite"
        made = connection.execute(f"{query} where person_id is null order by created_at").fetchall()
    assert made == [(7, 2), (7, 2), (3, 1)]


def test_campaigns_invites_and_maps(database: str) -> None:
    """An operator makes a campaign, lists it, imports a map and invites, all without a server."""
    made = fogbound("campaign", "create", "The Coast", "--dm", "Dee", DATABASE_URL=database).stdout.split()
    campaign, link = made
    assert "/join#" in link
    listed = fogbound("campaign", "list", DATABASE_URL=database).stdout
    assert listed.split("\t") == [campaign, "waiting", "1", "The Coast\n"]
    imported = fogbound("map", "import", campaign, str(MAP), DATABASE_URL=database)
    hexes = len(json.loads(MAP.read_bytes())["hexes"])
    assert imported.stdout == f"{hexes} hexes imported\n"
    with psycopg.connect(database) as connection:
        events = connection.execute("select type, jsonb_array_length(data -> 'changes') from event_log").fetchall()
    assert events == [("hexes_updated", hexes)]
    invited = fogbound("campaign", "invite", campaign, "--role", "dm", "--uses", "1", DATABASE_URL=database)
    assert "/join#" in invited.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["campaign", "invite", "00000000-0000-4000-8000-000000000099"], "There is no campaign"),
        (["map", "import", "00000000-0000-4000-8000-000000000099", str(MAP)], "There is no campaign"),
        (["campaign", "create", "a\u202eb"], "direction-changing"),
        (["campaign", "create", "  "], "at least one visible character"),
        (["map", "import", "nonsense", str(MAP)], "UUID"),
    ],
)
def test_wrong_arguments_are_told_in_a_line(database: str, arguments: list[str], words: str) -> None:
    """A plain word and an exit code, no traceback, and nothing changed."""
    done = fogbound(*arguments, DATABASE_URL=database)
    assert done.returncode != 0
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert fogbound("campaign", "list", DATABASE_URL=database).stdout == ""


def test_a_wrong_map_is_refused_whole(database: str, tmp_path: Path) -> None:
    """One bad hex: the place is named and nothing is stored."""
    campaign = fogbound("campaign", "create", "The Coast", DATABASE_URL=database).stdout.split()[0]
    content = json.loads(MAP.read_bytes())
    content["hexes"][500]["terrain"] = ""
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(content))
    done = fogbound("map", "import", campaign, str(wrong), DATABASE_URL=database)
    assert done.returncode == 1
    assert "hexes[500].terrain" in done.stderr
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from event_log").fetchone() == (0,)


def test_a_wrong_setting_is_named(database: str) -> None:
    """The operator learns which one."""
    assert "FOGBOUND_FRAME_BYTES" in fogbound("serve", DATABASE_URL=database, FRAME_BYTES="many").stderr
