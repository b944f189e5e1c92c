"""A server beside one that is a version newer, behind a proxy; and people who come back by themselves."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psycopg

from tests.end_to_end.peers import Person
from tests.end_to_end.server_process import ServerProcess
from tests.faults.front import Spread
from transport.client import Client

NEWER = (sys.executable, "-m", "tests.nodes.newer_program")
PATIENCE = 60.0


class Upgrade:
    """An old server and a newer one behind a proxy, which first sends everybody to the old one."""

    def __init__(self, database: str, old: ServerProcess, new: ServerProcess, log: Path) -> None:
        self.database = database
        self.old = old
        self.new = new
        self._log = log
        self.spread: Spread = lambda _said, _servers: [0]

    def route(self, said: bytes, servers: int) -> list[int]:
        """By what is wanted at the moment."""
        return self.spread(said, servers)

    @classmethod
    @asynccontextmanager
    async def begun(cls, database: str, log: Path) -> AsyncIterator[Upgrade]:
        """What the old server logs is in the file."""
        with log.open("w") as file:
            old = ServerProcess(database, log=file, FOGBOUND_METRICS="true")
            new = ServerProcess(database, command=NEWER)
            try:
                await asyncio.gather(old.start(), new.start())
                yield cls(database, old, new, log)
            finally:
                await asyncio.gather(old.kill(), new.kill())

    def lines(self) -> list[dict[str, Any]]:
        """What the old server has logged."""
        return [json.loads(line) for line in self._log.read_text(encoding="utf-8").splitlines()]

    async def metrics_of_old(self) -> dict[str, float]:
        """By their names and labels."""
        async with aiohttp.ClientSession() as http, http.get(f"{self.old.url}/metrics") as answer:
            lines = (await answer.text()).splitlines()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


@dataclass
class Guests:
    """Clients of ours at a table, who come back by themselves."""

    campaign: str
    dm: Client
    player: Client

    @classmethod
    @asynccontextmanager
    async def at(cls, url: str) -> AsyncIterator[Guests]:
        async with Client(url) as dm, Client(url) as player:
            await dm.sign_up("Dee")
            campaign = await dm.create_campaign("Fog")
            await player.redeem((await dm.invite(campaign, "player"))["link"], "Ada")
            await dm.connect(campaign)
            await player.connect(campaign)
            yield cls(campaign, dm, player)

    async def reveal(self, *keys: str) -> None:
        """Each by a command of its own, which is answered."""
        for key in keys:
            await self.dm.send("hex:reveal", hexKeys=[key], targets="all")

    async def knows(self, *keys: str) -> None:
        """The player, who was told of each once."""
        await self.player.until(lambda state: set(keys) <= state.revealed, PATIENCE)
        told = [key for one in self.player.messages if one["type"] == "hex:revealed" for key in one["hexKeys"]]
        assert Counter(told) == Counter(keys)

    def connections(self) -> list[bool]:
        """Of the player: whether each of them went on where the one before had ended."""
        return [one["resumed"] for one in self.player.messages if one["type"] == "connected"]


def kinds(database: str, campaign: str) -> list[str]:
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "select type from event_log where campaign_id = %s order by version", [campaign]
        ).fetchall()
    return [kind for (kind,) in rows]


def in_the_tables(database: str, campaign: str) -> set[str]:
    """The hexes that the tables of the analysts show as revealed; none while the campaign is set aside."""
    with psycopg.connect(database) as connection:
        if connection.execute("select from analytics.set_aside").fetchone() is not None:
            return set()
        rows = connection.execute("select hex from analytics.reveal where campaign_id = %s", [campaign]).fetchall()
    return {key for (key,) in rows}


@asynccontextmanager
async def a_co_dm(guests: Guests, url: str) -> AsyncIterator[Person]:
    """With a cookie for whichever server."""
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        eve = Person(url, http)
        token = (await guests.dm.invite(guests.campaign, "dm"))["link"].partition("#")[2]
        await eve.call("POST", "/api/invites/redeem", {"token": token, "name": "Eve"})
        yield eve


async def is_told_to_go_elsewhere(eve: Person, campaign: str, *, session: bool = True) -> None:
    """In each way in which a DM may ask, and without a word of what happened."""
    for _ in range(3):
        socket = await eve.open(campaign)
        assert await socket.close_code() == 1013
        assert [(one["type"], one["code"]) for one in socket.seen] == [("error", "unavailable")]
    for path in ("sessions", "map", *(["sessions/1/timeline"] if session else [])):
        answer = await eve.call("GET", f"/api/campaigns/{campaign}/{path}", expect=503)
        assert answer["error"]["code"] == "unavailable", path
    await eve.call("GET", f"/api/campaigns/{campaign}/members")


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - it is another program's
            await asyncio.sleep(0.1)
