"""The client against the real server and a real database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import psycopg
import pytest

from tests.transport.client.cable import a_cable
from transport.client import Client, Closed, CommandRefused, RequestRefused, Unreachable
from transport.server.server import running
from transport.settings import Settings


@pytest.fixture
async def url(database: str) -> AsyncIterator[str]:
    """A server."""
    async with running(Settings(port=0, leave_grace_seconds=0.05), database) as address:
        yield address


@pytest.fixture
async def clients(url: str) -> AsyncIterator[tuple[Client, Client, str]]:
    """A DM and a player at the table of a campaign."""
    async with Client(url) as dm, Client(url) as ada:
        await dm.sign_up("Wren")
        campaign = await dm.create_campaign("The Coast")
        await ada.redeem((await dm.invite(campaign, "player"))["link"], "Ada")
        await dm.connect(campaign)
        await ada.connect(campaign)
        yield dm, ada, campaign


async def test_commands_reach_everybody(clients: tuple[Client, Client, str]) -> None:
    """What the DM sends is folded by both, just as a new connection is told it."""
    dm, ada, _ = clients
    await dm.send("session:start")
    await dm.send("hex:update", changes=[{"key": "1,2", "terrain": "swamp"}])
    event_id = await dm.send("hex:reveal", hexKeys=["1,2"], targets="all")
    await ada.until(lambda state: state.terrain == {"1,2": "swamp"}, 5)
    assert ada.state.status == "active"
    assert any(message.get("eventId") == event_id for message in ada.messages)
    await ada.until(lambda state: len(state.people) == 2, 5)
    assert await ada.fresh_state() == ada.state
    assert await dm.fresh_state() == dm.state


async def test_refusals_have_their_code(clients: tuple[Client, Client, str]) -> None:
    """A command of a player is refused by name, and so is one that the rules forbid."""
    dm, ada, _ = clients
    with pytest.raises(CommandRefused) as of_player:
        await ada.send("session:start")
    assert of_player.value.code == "dm_only"
    with pytest.raises(CommandRefused) as of_dm:
        await dm.send("session:end")
    assert of_dm.value.code == "no_session"


async def test_unseen_answer_is_not_a_second_execution(
    url: str, clients: tuple[Client, Client, str], database: str
) -> None:
    """A command whose answer was lost is sent again after the reconnect, and stands once in the log."""
    dm, ada, campaign = clients
    invite = await dm.invite(campaign, "dm")
    async with a_cable(url) as (cable, near_end), Client(near_end) as mira:
        await mira.redeem(invite["token"], "Mira")
        await mira.connect(campaign)
        cable.is_deaf = True
        sending = asyncio.create_task(mira.send("hex:reveal", hexKeys=["3,3"], targets="all"))
        await ada.until(lambda state: "3,3" in state.revealed, 5)
        assert not sending.done()
        cable.pull()
        event_id = await asyncio.wait_for(sending, 10)
        await mira.until(lambda state: "3,3" in state.revealed, 5)
        assert mira.greeting is not None
    with psycopg.connect(database) as connection:
        logged = connection.execute("select event_id from event_log where type = 'hexes_revealed'").fetchall()
    assert [str(row[0]) for row in logged] == [event_id]


async def test_server_restart_is_survived(database: str) -> None:
    """Clients come back by themselves when the server restarts, go on with what they knew, and miss nothing."""
    settings = Settings(port=0, leave_grace_seconds=0.05)
    async with AsyncExitStack() as people:
        async with running(settings, database) as url:
            dm = await people.enter_async_context(Client(url))
            ada = await people.enter_async_context(Client(url))
            await dm.sign_up("Wren")
            campaign = await dm.create_campaign("The Coast")
            await ada.redeem((await dm.invite(campaign, "player"))["token"], "Ada")
            await dm.connect(campaign)
            await ada.connect(campaign)
            await dm.send("hex:reveal", hexKeys=["1,1"], targets="all")
            await ada.until(lambda state: "1,1" in state.revealed, 5)
        meanwhile = asyncio.create_task(dm.send("hex:reveal", hexKeys=["2,2"], targets="all"))
        same_port = settings.model_copy(update={"port": int(url.rpartition(":")[2])})
        async with running(same_port, database):
            await asyncio.wait_for(meanwhile, 10)
            await ada.until(lambda state: state.revealed == {"1,1", "2,2"}, 10)
            assert ada.greeting is not None
            assert ada.greeting["resumed"]


async def test_new_role_starts_over(clients: tuple[Client, Client, str]) -> None:
    """Who becomes a DM knows the whole map and may command, on the same connection."""
    dm, ada, campaign = clients
    await dm.send("hex:update", changes=[{"key": "1,2", "terrain": "swamp"}])
    assert ada.greeting is not None
    await dm.change_role(campaign, ada.greeting["userId"], "dm")
    await ada.until(lambda state: state.terrain == {"1,2": "swamp"}, 5)
    assert await ada.send("session:start")


async def test_removed_members_are_told(clients: tuple[Client, Client, str]) -> None:
    """A removed member's client ends with 4003 and does not come back."""
    dm, ada, campaign = clients
    assert ada.greeting is not None
    await dm.remove_member(campaign, ada.greeting["userId"])
    with pytest.raises(Closed) as closed:
        await ada.until(lambda _: False, 5)
    assert closed.value.code == 4003
    with pytest.raises(Closed):
        await ada.connect(campaign)


async def test_signed_out_is_final(clients: tuple[Client, Client, str]) -> None:
    """Signing out ends the connection with 4001."""
    _, ada, _ = clients
    await ada.sign_out()
    with pytest.raises(Closed) as closed:
        await ada.until(lambda _: False, 5)
    assert closed.value.code == 4001


async def test_people_and_invites(url: str) -> None:
    """The HTTP calls about people do what their names say."""
    async with Client(url) as dm, Client(url) as ada:
        wren = await dm.sign_up("Wren")
        assert await dm.me() == wren
        campaign = await dm.create_campaign("The Coast")
        assert await dm.campaigns() == [
            {"campaignId": campaign, "name": "The Coast", "role": "dm", "status": "waiting"}
        ]
        invite = await dm.invite(campaign, "player", uses=1, expires_in_hours=1)
        assert [one["inviteId"] for one in await dm.invites(campaign)] == [invite["inviteId"]]
        await dm.revoke_invite(campaign, invite["inviteId"])
        with pytest.raises(RequestRefused) as revoked:
            await ada.redeem(invite["link"], "Ada")
        assert (revoked.value.status, revoked.value.code) == (409, "conflict")
        redeemed = await ada.redeem((await dm.invite(campaign, "player"))["link"], "Ada")
        assert redeemed["role"] == "player"
        names = [(one["name"], one["role"], one["online"]) for one in await ada.members(campaign)]
        assert names == [("Wren", "dm", False), ("Ada", "player", False)]
        with pytest.raises(RequestRefused) as forbidden:
            await ada.invite(campaign, "dm")
        assert forbidden.value.status == 403


async def test_members_are_removed_with_the_links_they_came_by(url: str) -> None:
    """One, or several; a DM is told which links these are, and how many more may come by them."""
    async with Client(url) as dm, Client(url) as ada, Client(url) as bo, Client(url) as cy:
        await dm.sign_up("Wren")
        campaign = await dm.create_campaign("The Coast")
        links = [await dm.invite(campaign, "player", uses=uses) for uses in (None, 2, "members")]
        users = [
            (await one.redeem(invite["link"], "P"))["userId"] for one, invite in zip((ada, bo, cy), links, strict=True)
        ]
        assert [one.get("inviteId") for one in await dm.members(campaign)] == [
            None,
            *(one["inviteId"] for one in links),
        ]
        assert ["inviteId" in one for one in await ada.members(campaign)] == [False] * 4
        await dm.remove_member(campaign, users[0])
        assert (await ada.redeem(links[0]["link"]))["role"] == "player"
        await dm.remove_member(campaign, users[0], revoke_invite=True)
        await dm.remove_members(campaign, users[1:], revoke_invites=True)
        left = [(one["state"], one["usesLeft"]) for one in reversed(await dm.invites(campaign))]
        assert left == [("revoked", 48), ("revoked", 1), ("revoked", 199)]
        with pytest.raises(RequestRefused, match="This invite was revoked"):
            await cy.redeem(links[2]["link"])


async def test_devices_and_the_end_of_a_campaign(url: str) -> None:
    """What one is signed in on can be ended, and a campaign closed; then it is over for its DM too."""
    async with Client(url) as dm:
        await dm.sign_up("Wren")
        campaign = await dm.create_campaign("The Coast")
        await dm.connect(campaign)
        await dm.until(lambda state: state.status == "waiting", 10)
        await dm.close_campaign(campaign)
        with pytest.raises(Closed) as closed:
            await dm.until(lambda state: state.status == "active", 10)
        assert closed.value.code == 4003
        assert await dm.campaigns() == []
        await dm.end_other_sign_ins()
        [mine] = await dm.sign_ins()
        assert mine["current"]
        await dm.end_sign_in(mine["signInId"])
        with pytest.raises(RequestRefused) as ended:
            await dm.me()
        assert ended.value.status == 401


async def test_map_in_and_out(clients: tuple[Client, Client, str]) -> None:
    """A map of more than 4 MiB on the wire goes in and comes back to the DM; the player is shown nothing of it."""
    dm, ada, campaign = clients
    hexes = [{"q": q, "r": r, "terrain": "x" * 64} for q in range(200) for r in range(200)]
    layout = {"gridWidth": 200, "gridHeight": 200, "hexSize": 20, "orientation": "flat"}
    map_file = json.dumps({"version": 1, "name": "Great", **layout, "hexes": hexes}).encode()
    assert await dm.import_map(campaign, map_file) == len(hexes)
    assert len((await dm.map(campaign))["hexes"]) == len(hexes)
    assert (await ada.map(campaign))["hexes"] == []
    await dm.until(lambda state: len(state.terrain) == len(hexes), 10)
    assert await dm.fresh_state() == dm.state


async def test_no_server() -> None:
    """An HTTP call that nobody answers says so, as does a fresh state."""
    async with Client("http://127.0.0.1:9") as client:
        with pytest.raises(Unreachable, match="POST /api/people"):
            await client.sign_up("Wren")
        with pytest.raises(Unreachable):
            await client.fresh_state()


async def test_fresh_state_of_a_stranger(url: str) -> None:
    """Who is turned away is told why."""
    async with Client(url) as stranger:
        with pytest.raises(Closed) as closed:
            await stranger.fresh_state()
        assert closed.value.code == 4001
