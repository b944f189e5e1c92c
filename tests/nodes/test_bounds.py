"""What ends, ends at every server: sign-ins, campaigns, the day's share of the log."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.end_to_end.peers import PATIENCE, Message, Person, Socket
from tests.nodes.conftest import Split, SplitMaker


def asked(split: Split, statement: str, *values: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(split.table.database, autocommit=True) as connection:
        cursor = connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []


async def another_device(split: Split, owner: Person) -> Person:
    """Signed in by a link of their own, as one does on a phone."""
    dm, campaign = split.table.dm, split.table.campaign
    made = await dm.call("POST", f"/api/campaigns/{campaign}/invites", {"role": "player"}, expect=201)
    asked(split, "update invite set person_id = %s where invite_id = %s", owner.user_id, made["inviteId"])
    device = split.table.new_person()
    await device.call("POST", "/api/invites/redeem", {"token": made["token"]})
    device.user_id = owner.user_id
    return device


@pytest.mark.usefixtures("no_looking")
async def test_a_device_is_signed_out_at_the_other_server(split: SplitMaker) -> None:
    """Its sockets there are closed at the notification; the ones of the device that asked go on."""
    at = await split("Ada")
    ada = at.table.players["Ada"]
    lost = await another_device(at, ada)
    here, there = await ada.join(at.table.campaign), await at.join_there(lost)
    devices = (await ada.call("GET", "/api/me/sign-ins"))["signIns"]
    [theirs] = [one["signInId"] for one in devices if not one["current"]]
    await ada.call("DELETE", f"/api/me/sign-ins/{theirs}", expect=204)
    assert await there.close_code() == 4001
    await lost.call("GET", "/api/me", expect=401)
    lost = await another_device(at, ada)
    there = await at.join_there(lost)
    await ada.call("DELETE", "/api/me/sign-ins", expect=204)
    assert await there.close_code() == 4001
    await at.table.sockets["dm"].send("hex:reveal", hexKeys=["1,1"], targets="all")
    await here.until("hex:revealed")


@pytest.mark.usefixtures("quick_looking")
async def test_sockets_end_with_the_sign_in_that_expires(split: SplitMaker) -> None:
    """At each server, though nobody tells them; whose sign-in goes on, stays."""
    at = await split("Ada")
    ada = at.table.players["Ada"]
    sockets = [await ada.join(at.table.campaign), await at.join_there(ada)]
    asked(at, "update sign_in set expires_at = now() where person_id = %s", ada.user_id)
    for socket in sockets:
        assert await socket.close_code() == 4001
    assert await (await ada.open(at.table.campaign)).close_code() == 4001
    await at.table.sockets["dm"].send("session:start", id="s")
    await at.table.sockets["dm"].until("ack")


async def test_a_socket_counts_as_a_use(split: SplitMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server writes it down a moment later."""
    monkeypatch.setattr("transport.server.bookkeeping.WRITE_SECONDS", 0.05)
    at = await split("Ada")
    ada = at.table.players["Ada"]
    asked(at, "update sign_in set last_used_at = now() - interval '2 days', expires_at = now() + interval '1 day'")
    await at.join_there(ada)
    query = "select expires_at > now() + interval '180 days' from sign_in where person_id = %s"
    async with asyncio.timeout(PATIENCE):
        while asked(at, query, ada.user_id) != [(True,)]:  # noqa: ASYNC110 - it is the server that writes it
            await asyncio.sleep(0.02)


@pytest.mark.usefixtures("no_looking")
async def test_closing_closes_every_socket(split: SplitMaker) -> None:
    """With 4003, at both servers; nobody comes back."""
    at = await split("Ada", "Bo")
    ada, bo = at.table.players["Ada"], at.table.players["Bo"]
    here, there = await ada.join(at.table.campaign), await at.join_there(bo)
    await at.table.dm.call("DELETE", f"/api/campaigns/{at.table.campaign}", expect=204)
    for socket in (here, there, at.table.sockets["dm"]):
        assert await socket.close_code() == 4003
    for person in (ada, bo, at.table.dm):
        assert await (await person.open(at.table.campaign)).close_code() == 4003


@pytest.mark.usefixtures("deaf", "no_looking")
async def test_a_server_that_does_not_know_takes_nothing(split: SplitMaker) -> None:
    """A co-DM's command, and a map, at a server that hears nothing of the closing: neither comes into the log."""
    at = await split("Co")
    co = at.table.players["Co"]
    await at.table.dm.call("PATCH", f"/api/campaigns/{at.table.campaign}/members/{co.user_id}", {"role": "dm"})
    there = await at.join_there(co)
    await at.table.dm.call("DELETE", f"/api/campaigns/{at.table.campaign}", expect=204)
    await there.send("session:start", id="s")
    assert await there.close_code() == 4003
    assert not any(message["type"] == "ack" for message in there.seen)
    content = {"version": 1, "name": "M", "gridWidth": 1, "gridHeight": 1, "hexSize": 1, "orientation": "flat"}
    await co.call("POST", f"/api/campaigns/{at.table.campaign}/map", {**content, "hexes": []}, expect=404)
    assert at.table.topics() == []


async def test_the_days_share_of_the_log_is_one_for_all_servers(
    split: SplitMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is over at one is refused at the other, too: commands and maps, not comings and goings; until tomorrow."""
    monkeypatch.setattr("transport.server.bookkeeping.WRITE_SECONDS", 0.05)
    at = await split("Ada", log_megabytes_per_day=1)
    dm, there = at.table.sockets["dm"], await at.join_there(at.table.dm)
    at.table.dm.url = at.here
    ada = await at.table.players["Ada"].join(at.table.campaign)
    asked(at, "insert into log_growth values ((now() at time zone 'UTC')::date, %s, 999000)", at.table.dm.user_id)
    changes = [{"key": f"{q},0", "terrain": "deep and dark forest"} for q in range(100)]
    await dm.send("hex:update", changes=changes, id="big")
    assert (await dm.until("ack", "error", when=lambda one: one.get("id") == "big"))["type"] == "ack"
    for socket in (dm, there):
        async with asyncio.timeout(PATIENCE):
            while (answer := await revealed(socket, str(uuid4())))["type"] == "ack":
                pass
        assert answer["code"] == "quota_exceeded"
    content = {"version": 1, "name": "M", "gridWidth": 1, "gridHeight": 1, "hexSize": 1, "orientation": "flat"}
    hexes = [{"q": 0, "r": 0, "terrain": "sea"}]
    url = f"{at.here}/api/campaigns/{at.table.campaign}/map"
    async with at.table.dm.http.post(url, json={**content, "hexes": hexes}) as refused:
        assert refused.status == 429
        assert (await refused.json())["error"]["code"] == "quota_exceeded"
        assert 1 <= int(refused.headers["Retry-After"]) <= 86_401
    await ada.socket.close()
    await dm.until("player:left")
    asked(at, "update log_growth set day = day - 1")
    async with asyncio.timeout(PATIENCE):
        while (await revealed(there, "the same id"))["type"] == "error":
            pass


async def revealed(socket: Socket, command_id: str) -> Message:
    """The answer to a reveal."""
    await socket.send("hex:reveal", hexKeys=["1,1"], targets="all", id=command_id)
    return await socket.until("ack", "error", when=lambda one: one.get("id") == command_id)
