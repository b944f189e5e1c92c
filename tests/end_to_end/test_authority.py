"""What somebody may see and do can change while they are connected, or away: it holds at once, and for good."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

import psycopg
import pytest

from domain.ids import CampaignId, UserId
from tests.end_to_end.conftest import TableMaker
from tests.end_to_end.peers import Person, Socket, Table, a_table
from tests.end_to_end.test_resume import resumed, reveal
from transport.accounts import OPERATOR, Directory
from transport.database import connection_pool
from transport.rooms.registry import Rooms
from transport.server.server import running
from transport.settings import Settings


async def set_role(table: Table, person: Person, role: str) -> None:
    """By the DM."""
    await table.dm.call("PATCH", f"/api/campaigns/{table.campaign}/members/{person.user_id}", {"role": role})


@asynccontextmanager
async def after_a_restart(table: Table) -> AsyncIterator[None]:
    """Everybody talks to another server on the same database."""
    async with running(Settings(port=0), table.database) as url:
        for person in (table.dm, *table.players.values()):
            person.url = url  # the cookie is the host's, whatever the port
        yield


async def last_reveal(table: Table, name: str, key: str) -> str:
    """Reveals a hex; gives the id of the event as this person was told it."""
    await reveal(table, key)
    told = await table.sockets[name].until("hex:revealed", when=lambda message: message["hexKeys"] == [key])
    event_id: str = told["eventId"]
    return event_id


@pytest.mark.parametrize(("before", "after"), [("player", "dm"), ("dm", "player")])
async def test_a_role_that_changed_while_away_is_not_resumed_after_a_restart(
    database: str, before: str, after: str
) -> None:
    """What was told in the old role can't be continued in the new one; the others go on where they were."""
    async with AsyncExitStack() as people:
        async with running(Settings(port=0, leave_grace_seconds=0.1), database) as url:
            table = await people.enter_async_context(a_table(url, database, ["Ada", "Bo"]))
            ada, bo = table.players["Ada"], table.players["Bo"]
            await set_role(table, ada, before)
            last = await last_reveal(table, "Ada", "0,0")
            await table.sockets["Ada"].socket.close()
            await set_role(table, ada, after)
        async with after_a_restart(table):
            assert await resumed(ada, table.campaign, last) is False
            assert await resumed(bo, table.campaign, last) is True


async def test_a_changed_role_resumes_what_came_after_it(set_table: TableMaker) -> None:
    """The new role has its own window, from the moment when its state was told."""
    table = await set_table("Ada", leave_grace_seconds=5)
    ada = table.players["Ada"]
    early = await last_reveal(table, "Ada", "0,0")
    await set_role(table, ada, "dm")
    await table.sockets["Ada"].until("session:state")
    late = await last_reveal(table, "Ada", "0,1")
    assert await resumed(ada, table.campaign, early) is False
    assert await resumed(ada, table.campaign, late) is True


async def test_a_demoted_dm_gets_nothing_of_a_dms_from_the_window(set_table: TableMaker) -> None:
    """Coming back with the last event seen as a DM brings a player's state, without the hidden map and the queue."""
    table = await set_table("Ada", leave_grace_seconds=5)
    ada = table.players["Ada"]
    await set_role(table, ada, "dm")
    await table.sockets["Ada"].until("session:state")
    await table.sockets["dm"].send("hex:update", changes=[{"key": "7,7", "terrain": "lava"}])
    await table.sockets["dm"].send("broadcast:mode", mode="staged")
    last = (await table.sockets["Ada"].until("dm:preparing", when=lambda m: m["preparing"]))["eventId"]
    await table.sockets["Ada"].socket.close()
    await table.sockets["dm"].send("hex:reveal", hexKeys=["8,8"], targets="all", id="staged")
    await table.sockets["dm"].until("ack")
    await set_role(table, ada, "player")
    back = await ada.open(table.campaign, last)
    assert (await back.next())["resumed"] is False
    state = await back.next()
    await back.nothing_of("staged:changes")
    assert (state["terrain"], state["revealedHexes"]) == ([], [])
    assert not {"stagedChanges", "reveals"} & state.keys()
    assert "7,7" not in str(back.seen)
    assert "8,8" not in str(back.seen)


async def test_an_invited_dm_is_one_at_once(set_table: TableMaker) -> None:
    """A player who opens an invite for DMs is shown what a DM sees, in every open tab."""
    table = await set_table("Ada")
    tabs = [table.sockets["Ada"], await table.players["Ada"].join(table.campaign)]
    await table.invite(table.players["Ada"], "dm")
    for tab in tabs:
        assert "stagedChanges" in await tab.until("session:state")


async def test_revoking_a_sign_in_link_ends_what_it_let_in(set_table: TableMaker) -> None:
    """The sockets and the cookie that came from it; the person's other sign-ins stay."""
    table = await set_table()
    async with connection_pool(table.database) as pool:
        campaign = CampaignId(UUID(table.campaign))
        link = await Directory(pool).create_invite(campaign, "dm", person=UserId(table.dm.user_id), by=OPERATOR)
    thief = table.new_person()
    await thief.call("POST", "/api/invites/redeem", {"token": link.token})
    stolen = await thief.join(table.campaign)
    await table.dm.call("DELETE", f"/api/campaigns/{table.campaign}/invites/{link.invite_id}", expect=204)
    assert await stolen.close_code() == 4001
    await thief.call("GET", "/api/me", expect=401)
    assert await (await thief.open(table.campaign)).close_code() == 4001
    await table.dm.call("GET", "/api/me")
    await table.sockets["dm"].send("session:start", id="s")
    await table.sockets["dm"].until("ack")


async def test_revoking_an_invite_removes_nobody(set_table: TableMaker) -> None:
    """Who came by it stays a member, connected as before."""
    table = await set_table("Ada")
    invites = await table.dm.call("GET", f"/api/campaigns/{table.campaign}/invites")
    for invite in invites["invites"]:
        path = f"/api/campaigns/{table.campaign}/invites/{invite['inviteId']}"
        await table.dm.call("DELETE", path, expect=204)
    await reveal(table, "1,1")
    await table.sockets["Ada"].until("hex:revealed")


async def test_the_end_of_a_sign_in_is_shown_to_nobody(set_table: TableMaker) -> None:
    """A DM ends one that is connected nowhere: no list of people comes, as nothing in it is another."""
    table = await set_table("Ada")
    async with connection_pool(table.database) as pool:
        await Directory(pool).sign_in(UserId(table.dm.user_id))
    (sign_in,) = (one for one in (await table.dm.call("GET", "/api/me/sign-ins"))["signIns"] if not one["current"])
    await table.sockets["Ada"].nothing_of(seconds=0.5)
    await table.dm.call("DELETE", f"/api/me/sign-ins/{sign_in['signInId']}", expect=204)
    await table.sockets["Ada"].nothing_of("player:presence", seconds=1.5)


async def test_signing_out_while_a_socket_is_let_in(set_table: TableMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign-in that is revoked after it was looked up, and before the room was ready, opens nothing."""
    table = await set_table("Ada")
    ada = table.players["Ada"]
    looked_up, go_on = asyncio.Event(), asyncio.Event()
    visit = Rooms.visit

    @asynccontextmanager
    async def slow_visit(self: Rooms, campaign: CampaignId) -> AsyncIterator[object]:
        looked_up.set()
        await go_on.wait()
        async with visit(self, campaign) as room:
            yield room

    monkeypatch.setattr(Rooms, "visit", slow_visit)
    coming: Socket = await ada.open(table.campaign)
    await looked_up.wait()
    await ada.call("DELETE", "/api/session", expect=204)
    go_on.set()
    assert await coming.close_code() == 4001
    assert [message["type"] for message in coming.seen] == ["error"]


async def test_a_role_is_recorded_with_the_moment_from_which_it_counts(set_table: TableMaker) -> None:
    """The version of the log when it was given, so that a crash costs nobody the resume."""
    table = await set_table("Ada")
    assert await asyncio.to_thread(_told_from, table) == {"Dee": 0, "Ada": 0}
    await table.sockets["dm"].send("session:start", id="s")
    await table.sockets["dm"].until("ack")
    await set_role(table, table.players["Ada"], "dm")
    assert await asyncio.to_thread(_told_from, table) == {"Dee": 0, "Ada": 1}


def _told_from(table: Table) -> dict[str, int]:
    query = "select name, told_from from member join person using (person_id) where campaign_id = %s"
    with psycopg.connect(table.database) as connection:
        return dict(connection.execute(query, (table.campaign,)).fetchall())
