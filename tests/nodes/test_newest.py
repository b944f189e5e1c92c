"""Whoever comes to any server sees at least what was acknowledged before, by whichever server."""

from __future__ import annotations

import pytest

from tests.end_to_end.peers import Message
from tests.nodes.conftest import Split, SplitMaker

pytestmark = pytest.mark.usefixtures("deaf", "no_looking")

ROUNDS = 20


@pytest.fixture
async def apart(split: SplitMaker) -> Split:
    """Two servers that hear nothing of each other; Bo holds the room open at the second one."""
    at = await split("Ada", "Bo")
    await at.join_there(at.table.players["Bo"])
    return at


async def reveal(at: Split, key: str) -> Message:
    """By the DM, at the first server; returns when it is acknowledged."""
    dm = at.table.sockets["dm"]
    await dm.send("hex:reveal", id=key, hexKeys=[key], targets="all")
    return await dm.until("ack")


async def test_a_new_connection(apart: Split) -> None:
    """Its state holds whatever was acknowledged."""
    ada = apart.table.players["Ada"]
    ada.url = apart.there
    for number in range(ROUNDS):
        await reveal(apart, f"{number},0")
        assert f"{number},0" in (await ada.fresh_state(apart.table.campaign))["revealedHexes"]


async def test_a_resumed_connection(apart: Split) -> None:
    """It is told whatever was acknowledged, and does not go back behind what it has seen."""
    ada = apart.table.players["Ada"]
    ada.url = apart.there
    last = (await reveal(apart, "0,0"))["eventId"]
    for number in range(1, ROUNDS):
        new = (await reveal(apart, f"{number},0"))["eventId"]
        socket = await ada.open(apart.table.campaign, last)
        assert (await socket.until("connected"))["resumed"]
        assert (await socket.until("hex:revealed"))["eventId"] == new
        await socket.socket.close()
        last = new


async def test_the_map(apart: Split) -> None:
    """As fetched by HTTP."""
    ada = apart.table.players["Ada"]
    ada.url = apart.there
    for number in range(ROUNDS):
        await reveal(apart, f"{number},0")
        found = await ada.call("GET", f"/api/campaigns/{apart.table.campaign}/map")
        assert f"{number},0" in {one["key"] for one in found["hexes"]}


async def test_the_past(apart: Split) -> None:
    """A moment that was acknowledged can be looked at everywhere, and sessions are counted up to it."""
    dm, campaign = apart.table.dm, apart.table.campaign
    await apart.table.sockets["dm"].send("session:start", id="s")
    await apart.table.sockets["dm"].until("ack")
    dm.url = apart.there
    for number in range(ROUNDS):
        event = (await reveal(apart, f"{number},0"))["eventId"]
        then = await dm.call("GET", f"/api/campaigns/{campaign}/state?eventId={event}")
        assert f"{number},0" in then["revealedHexes"]
        (session,) = (await dm.call("GET", f"/api/campaigns/{campaign}/sessions"))["sessions"]
        assert session["hexesRevealed"] == number + 1


async def test_who_was_removed_is_not_shown_the_room_that_they_left(apart: Split) -> None:
    """The members are those of the newest removal, too."""
    bo = apart.table.players["Bo"]
    await apart.table.dm.call("DELETE", f"/api/campaigns/{apart.table.campaign}/members/{bo.user_id}", expect=204)
    ada = apart.table.players["Ada"]
    ada.url = apart.there
    people = (await ada.fresh_state(apart.table.campaign))["connectedPlayers"]
    assert bo.user_id not in {person["userId"] for person in people}
