"""Connections that break at the worst moment."""

from __future__ import annotations

import asyncio

import psycopg

from tests.end_to_end.conftest import TableMaker
from tests.end_to_end.raw_websocket import open_raw
from tests.transport.client.cable import a_cable
from transport.client import Client
from transport.server.server import running
from transport.settings import Settings


async def test_staged_list_that_was_due_when_the_connection_broke(database: str) -> None:
    """A DM whose connection breaks between a stage and its list has the right list after the resume."""
    async with running(Settings(port=0), database) as url, a_cable(url) as (cable, near_end), Client(near_end) as dm:
        await dm.sign_up("Wren")
        campaign = await dm.create_campaign("The Coast")
        await dm.connect(campaign)
        await dm.send("broadcast:mode", mode="staged")
        staging = [dm.send("hex:reveal", hexKeys=[f"{q},0"], targets="all") for q in range(5)]
        await asyncio.gather(*staging, dm.send("session:start"))
        cable.pull()
        await asyncio.sleep(0.1)
        assert not dm.is_live
        await dm.until_live()
        await asyncio.sleep(0.2)
        assert dm.state == await dm.fresh_state()


async def test_second_tab_was_told_who_is_here(database: str) -> None:
    """What one tab was told of the people does not keep another one, which was away, from being told."""
    async with (
        running(Settings(port=0), database) as url,
        a_cable(url) as (cable, near_end),
        Client(near_end) as dm,
        Client(url) as ada,
    ):
        await dm.sign_up("Wren")
        campaign = await dm.create_campaign("The Coast")
        invite = await dm.invite(campaign, "player")
        await dm.connect(campaign)
        await dm.send("session:start")
        cable.pull()
        await ada.redeem(invite["token"], "Ada")
        assert len((await dm.fresh_state()).people) == 2
        await dm.until_live()
        await asyncio.sleep(0.2)
        assert dm.state == await dm.fresh_state()


async def test_who_hangs_up_while_being_let_in_harms_nobody(set_table: TableMaker) -> None:
    """A client that is gone before it is at the table is forgotten: all others go on."""
    table = await set_table("Ada")
    dm, ada = table.sockets["dm"], table.sockets["Ada"]
    with psycopg.connect(table.database) as locking:
        locking.execute("lock table member in access exclusive mode")
        async with open_raw(table.dm, table.campaign) as (reader, _):
            assert b"101 Switching Protocols" in await reader.readline()
        await asyncio.sleep(0.1)  # for the server to notice, while it still waits for the lock
    for n in range(3):
        await dm.send("hex:reveal", hexKeys=[f"{n},0"], targets="all", id=f"r{n}")
        await dm.until("ack")
        await ada.until("hex:revealed")
    assert len((await table.dm.fresh_state(table.campaign))["revealedHexes"]) == 3
