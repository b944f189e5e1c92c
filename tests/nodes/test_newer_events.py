"""An older server meets an event that only a newer one knows: nothing is decided on it, and people go to the other."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import psycopg
import pytest
from structlog.testing import capture_logs

from tests.end_to_end.peers import a_table
from tests.faults.front import Front, at_random
from tests.nodes.upgrade import (
    NEWER,
    PATIENCE,
    Guests,
    Upgrade,
    a_co_dm,
    in_the_tables,
    is_told_to_go_elsewhere,
    kinds,
    until,
)
from transport.server.server import running
from transport.settings import Settings


async def write_as_a_newer_one(database: str, campaign: str, kind: str, version: int, data: str) -> None:
    """The next event of the campaign."""
    async with await psycopg.AsyncConnection.connect(database) as connection:
        await connection.execute(
            "insert into event_log (campaign_id, version, event_id, type, schema_version, recorded_at, actor, data)"
            " select campaign_id, version + 1, gen_random_uuid(), %s, %s, recorded_at, actor, %s from event_log"
            " where campaign_id = %s order by version desc limit 1",
            [kind, version, data, campaign],
        )


UNKNOWN = {
    "kind": ("comet_struck", 1, '{"hex_keys": ["1,0"]}'),
    "version": ("hexes_revealed", 2, '{"hex_keys": ["1,0"], "audience": "all"}'),
    "field": ("hexes_revealed", 1, '{"hex_keys": ["1,0"], "audience": "all", "tier": "seen"}'),
}


@pytest.mark.usefixtures("deaf", "no_looking")
@pytest.mark.parametrize("unknown", UNKNOWN)
async def test_nothing_is_decided_on_what_is_not_known(database: str, unknown: str) -> None:
    """A server that did not even hear of it finds out at the next command, which it neither acknowledges nor stores."""
    settings = Settings(port=0, leave_grace_seconds=0.1)
    with capture_logs() as said:
        async with running(settings, database) as url, a_table(url, database, ("Ada",)) as struck:
            dm, ada = struck.sockets["dm"], struck.sockets["Ada"]
            await dm.send("hex:reveal", id="before", hexKeys=["0,0"], targets="all")
            await dm.until("ack")
            await write_as_a_newer_one(database, struck.campaign, *UNKNOWN[unknown])
            await dm.send("hex:reveal", id="after", hexKeys=["2,0"], targets="all")
            assert [await dm.close_code(), await ada.close_code()] == [1001, 1001]
            assert "after" not in [message.get("id") for message in dm.seen if message["type"] == "ack"]
            assert "after" not in [row[3] for row in struck.log()]
            assert not any("2,0" in message.get("hexKeys", ()) for message in ada.seen)
            await is_told_to_go_elsewhere(struck.dm, struck.campaign, session=False)
            async with a_table(url, database, ("Bo",)) as spared:
                await spared.sockets["dm"].send("hex:reveal", id="one", hexKeys=["0,0"], targets="all")
                await spared.sockets["Bo"].until("hex:revealed")
    assert not any("exc_info" in line for line in said), said
    assert [line["event"] for line in said].count("a room is left to newer servers") == 1


async def test_a_server_that_starts_beside_it(database: str) -> None:
    """It opens no room to see who was left in it, though the log says that a session runs; no fault is told."""
    settings = Settings(port=0, leave_grace_seconds=0.1)
    async with running(settings, database) as url, a_table(url, database, ("Ada",)) as struck:
        await struck.sockets["dm"].send("session:start", id="s")
        await struck.sockets["dm"].until("ack")
        await write_as_a_newer_one(database, struck.campaign, *UNKNOWN["kind"])
    with capture_logs() as said:
        async with running(settings, database) as url, a_table(url, database, ("Bo",)) as spared:
            await until(lambda: "a room is left to newer servers" in [line["event"] for line in said])
            await spared.sockets["dm"].send("hex:reveal", id="one", hexKeys=["0,0"], targets="all")
            await spared.sockets["Bo"].until("hex:revealed")
    assert not any("exc_info" in line for line in said), said


async def play_on(guests: Guests, keys: list[str], enough: asyncio.Event) -> None:
    """Reveals one hex after the other, each when the one before is acknowledged."""
    while not enough.is_set():
        keys.append(f"{len(keys)},1")
        await guests.reveal(keys[-1])


async def test_a_made_up_fourteenth_event(database: str, tmp_path: Path, seed: int) -> None:
    """The people of its table come to the newer server by themselves, and those of another table notice nothing.

    The old server says once what it met, and becomes as new as the other one in the end.
    """
    async with (
        Upgrade.begun(database, tmp_path / "old.log") as upgrade,
        Front.of([upgrade.old.url, upgrade.new.url], upgrade.route) as front,
        Guests.at(front.url) as struck,
        Guests.at(front.url) as spared,
        a_co_dm(struck, upgrade.new.url) as eve,
    ):
        await struck.dm.send("session:start")
        await spared.reveal("0,0")
        upgrade.spread = at_random(Random(seed))
        socket = await eve.join(struck.campaign)
        keys, enough = list[str](), asyncio.Event()
        playing = asyncio.create_task(play_on(struck, keys, enough))
        await socket.until("hex:revealed")
        await socket.send("hex:reveal", id="first", hexKeys=["1,0"], targets="all")
        await socket.until("ack")
        there = len(keys)
        await struck.dm.until(lambda _: len(keys) > there + 1, PATIENCE)
        enough.set()
        await playing
        await struck.knows("1,0", *keys)
        assert struck.connections() == [False, True]
        logged = kinds(database, struck.campaign)
        assert logged.count("hexes_revealed") + logged.count("hexes_unveiled") == len(keys) + 1
        assert "hexes_revealed" not in logged[logged.index("hexes_unveiled") :]

        eve.url = upgrade.old.url
        await is_told_to_go_elsewhere(eve, struck.campaign)
        await eve.call("GET", "/readyz")
        await spared.reveal("1,0")
        await spared.knows("0,0", "1,0")
        assert spared.connections() == [False]
        assert set(kinds(database, spared.campaign)) == {"hexes_revealed"}
        await until(lambda: in_the_tables(database, struck.campaign) == {"1,0", *keys})
        told = await upgrade.metrics_of_old()
        assert told["fogbound_left_to_newer_total"] == 1
        assert not any(value for name, value in told.items() if name.startswith("fogbound_task_failures_total"))
        said = [line["event"] for line in upgrade.lines() if line["level"] != "info"]
        assert said.count("a room is left to newer servers") == 1
        assert said.count("campaign left to newer servers for analysts") <= 1
        assert not any("exception" in line for line in upgrade.lines())

        await upgrade.old.terminate()
        upgrade.old.command = NEWER
        await upgrade.old.start()
        await upgrade.new.terminate()
        await struck.reveal("2,0")
        await struck.knows("1,0", "2,0", *keys)
        await until(lambda: in_the_tables(database, struck.campaign) == {"1,0", "2,0", *keys})
