"""deploy/haproxy.cfg does what docs/deployment.md says, with HAProxy in front of two servers."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import psycopg
import pytest

from tests.deploy.haproxy import HAPROXY, PATIENCE, Installation
from tests.end_to_end.peers import Table, a_table
from tests.end_to_end.raw_http import exchange, get, statuses
from transport.client import Client

pytestmark = pytest.mark.skipif(
    HAPROXY is None and "TESTS_NEED_A_PROXY" not in os.environ,
    reason="haproxy is not installed (apt-get install haproxy)",
)

AGES = "600"
"""Seconds over which a server drains that is to be looked at meanwhile."""

WAYS_TO_WRITE_IT = (
    b"/metrics",
    b"/metrics?a=b",
    b"/metrics/",
    b"//metrics",
    b"/%6Detrics",
    b"/%6d%65%74%72%69%63%73",
    b"http://127.0.0.1/metrics",
)


@pytest.fixture
async def installation(database: str, tmp_path: Path) -> AsyncIterator[Installation]:
    async with Installation.running(database, tmp_path) as running:
        yield running


async def another_campaign(table: Table) -> str:
    made = await table.dm.call("POST", "/api/campaigns", {"name": "Coast"}, expect=201)
    campaign: str = made["campaignId"]
    return campaign


async def test_a_campaign_is_at_one_server(installation: Installation, database: str) -> None:
    """Sockets, calls and pages of a campaign go to one server, whoever comes; of many campaigns to both."""
    async with a_table(installation.url, database, ()) as table:
        ada = await table.new_person().sign_up("Ada")
        found: set[str] = set()
        for number in range(40):
            table.campaign = await another_campaign(table)
            await table.invite(ada)
            here = {
                await installation.serving(table.dm.join(table.campaign)),
                await installation.serving(ada.join(table.campaign)),
                await installation.serving(ada.join(table.campaign, "no-event")),
                await installation.serving(ada.call("GET", f"/api/campaigns/{table.campaign}/members")),
                await installation.serving(table.dm.call("GET", f"/api/campaigns/{table.campaign}/map")),
                await installation.serving(table.dm.call("GET", f"/table/{table.campaign}")),
                await installation.serving(ada.call("GET", f"/replay/{table.campaign}")),
                await installation.serving(ada.call("GET", f"/report/{table.campaign}")),
            }
            assert len(here) == 1, here
            found |= here
            if number >= 3 and len(found) == 2:
                break
        assert found == set(installation.nodes)


async def test_calls_without_a_campaign_go_to_both(installation: Installation) -> None:
    """Whoever has no campaign yet burdens no server more than the other."""

    async def ask() -> None:
        async with aiohttp.ClientSession() as http, http.get(f"{installation.url}/join") as answer:
            assert answer.status == 200

    found = [await installation.serving(ask()) for _ in range(20)]
    assert all(found.count(name) >= 8 for name in installation.nodes)


async def test_nobody_reads_the_metrics_through_the_proxy(installation: Installation) -> None:
    """However /metrics is written, HAProxy does not pass it on; the servers themselves answer it."""
    for target in WAYS_TO_WRITE_IT:
        first, *_ = statuses(said := await exchange(installation.url, get(target)))
        assert first == 404, target
        assert b"fogbound_" not in said, target
    for server in installation.nodes.values():
        assert b"fogbound_nodes" in await exchange(server.url, get(b"/%6Detrics"))


async def test_nobody_can_pretend_to_come_from_elsewhere(database: str, tmp_path: Path) -> None:
    """Who guesses links has to wait whatever X-Forwarded-For they send, and nobody else has to."""

    async def guess(source: str, number: int) -> int:
        connector = aiohttp.TCPConnector(local_addr=(source, 0), force_close=True)
        async with aiohttp.ClientSession(connector=connector) as http:
            body = {"token": f"{number:06}{'x' * 37}", "name": "Eve"}
            invented = {"X-Forwarded-For": f"203.0.113.{number}"}
            async with http.post(f"{guarded.url}/api/invites/redeem", json=body, headers=invented) as answer:
                return answer.status

    async with Installation.running(database, tmp_path, FOGBOUND_TRIES_PER_MINUTE="1") as guarded:
        tries = [await guess("127.0.0.1", number) for number in range(30)]
        assert 429 in tries
        assert [await guess("127.0.0.2", number) for number in (101, 102)] == [404, 404]


async def test_a_server_that_drains_keeps_its_sockets_and_gets_no_new_ones(database: str, tmp_path: Path) -> None:
    """Once /readyz says no, who comes is sent to the other server, and those who are there play on with them."""
    async with (
        Installation.running(database, tmp_path, FOGBOUND_DRAIN_SECONDS=AGES) as installation,
        a_table(installation.url, database, ("Ada",)) as table,
    ):
        members = f"/api/campaigns/{table.campaign}/members"
        old = await installation.serving(table.dm.call("GET", members))
        [new] = installation.nodes.keys() - {old}
        ending = asyncio.create_task(installation.nodes[old].terminate())
        async with asyncio.timeout(PATIENCE):
            while await installation.status(old) != "DOWN":  # noqa: ASYNC110 - HAProxy tells nobody
                await asyncio.sleep(0.1)
        assert await installation.serving(table.dm.call("GET", members)) == new
        bo = await table.new_person().sign_up("Bo")
        await table.invite(bo)
        assert await installation.serving(bo.join(table.campaign)) == new
        at_bo = await bo.join(table.campaign)
        await table.sockets["dm"].send("hex:reveal", id="r", hexKeys=["3,4"], targets="all")
        await table.sockets["dm"].until("ack")
        for socket in (table.sockets["Ada"], at_bo):
            assert (await socket.until("hex:revealed"))["hexKeys"] == ["3,4"]
        ending.cancel()
        with suppress(asyncio.CancelledError):
            await ending


async def test_a_server_ends_and_nobody_misses_anything(database: str, tmp_path: Path) -> None:
    """SIGTERM while a DM reveals without pause: all come to the other server, resume there, and know the same map."""
    patient = {"FOGBOUND_DRAIN_SECONDS": "4", "FOGBOUND_LEAVE_GRACE_SECONDS": "60"}
    async with (
        Installation.running(database, tmp_path, **patient) as installation,
        Client(installation.url) as dm,
        Client(installation.url) as ada,
        Client(installation.url) as bo,
    ):
        await dm.sign_up("Dee")
        campaign = await dm.create_campaign("Fog")
        for player, name in ((ada, "Ada"), (bo, "Bo")):
            await player.redeem((await dm.invite(campaign, "player"))["link"], name)
        for client in (dm, ada, bo):
            await client.connect(campaign)
        await dm.send("session:start")
        home = await installation.serving(dm.members(campaign))
        revealed: set[str] = set()
        over = asyncio.Event()
        playing = asyncio.create_task(reveal(dm, revealed, over))
        assert await installation.nodes[home].terminate() == 0
        for client in (dm, ada, bo):
            await client.until_live()
        over.set()
        await playing
        await dm.send("hex:reveal", hexKeys=["-1,-1"], targets="all")
        for client in (ada, bo):
            state = await client.until(lambda table: "-1,-1" in table.revealed, PATIENCE)
            assert set(state.revealed) == revealed | {"-1,-1"}
            assert client.greeting is not None
            assert client.greeting["resumed"]
        assert await installation.serving(dm.members(campaign)) != home
    with psycopg.connect(database) as log:
        topics = {row[0] for row in log.execute("select type from event_log where campaign_id = %s", [campaign])}
    assert "session_started" in topics
    assert "player_left" not in topics


async def reveal(dm: Client, done: set[str], over: asyncio.Event) -> None:
    """One hex after the other, each known to be stored."""
    for number in range(1_000_000):
        await dm.send("hex:reveal", hexKeys=[f"{number},0"], targets="all")
        done.add(f"{number},0")
        if over.is_set():
            return
        await asyncio.sleep(0.01)
