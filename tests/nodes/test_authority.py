"""There is one order of events and of changes of members: no server tells or takes anything by an old authority."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from tests.end_to_end.peers import Person, Socket
from tests.end_to_end.test_authority import set_role
from tests.nodes.conftest import Split, SplitMaker
from transport.accounts import Directory
from transport.rooms.registry import Rooms
from transport.rooms.room import Room
from transport.rooms.sign_ins import SignIns
from transport.websocket.admission import Admitted, admit

pytestmark = pytest.mark.usefixtures("deaf", "no_looking")


@dataclass
class Apart:
    """Ada and Cy are DMs at a server that hears nothing and does not look; Dee, at the other one, demotes Ada."""

    at: Split
    ada: Socket
    cy: Socket

    async def demote_ada(self) -> None:
        await set_role(self.at.table, self.at.table.players["Ada"], "player")

    async def ada_learned_of_it_first(self, secret: str) -> None:
        """Her next state is a player's, and no message after it, nor before, tells of the hex."""
        state = await self.ada.until("session:state")
        assert "reveals" not in state
        await self.ada.nothing_of("hex:revealed", "staged:changes")
        assert secret not in str(self.ada.seen)


@pytest.fixture
async def apart(split: SplitMaker) -> Apart:
    at = await split("Ada", "Bo", "Cy")
    for name in ("Ada", "Cy"):
        await set_role(at.table, at.table.players[name], "dm")
    ada, cy = [await at.join_there(at.table.players[name]) for name in ("Ada", "Cy")]
    return Apart(at, ada, cy)


async def test_an_event_from_elsewhere_is_told_by_the_new_authority(apart: Apart) -> None:
    """Dee reveals to Bo after the demotion; Cy's command makes the other server catch up."""
    await apart.demote_ada()
    bo = apart.at.table.players["Bo"].user_id
    dee = apart.at.table.sockets["dm"]
    await dee.send("hex:reveal", id="d", hexKeys=["8,8"], targets={"playerIds": [bo]})
    await dee.until("ack")
    await apart.cy.send("hex:reveal", id="c", hexKeys=["9,9"], targets={"playerIds": [bo]})
    await apart.cy.until("ack")
    await apart.ada_learned_of_it_first("8,8")
    assert "9,9" not in str(apart.ada.seen)


async def test_an_event_of_the_same_server_is_told_by_the_new_authority(apart: Apart) -> None:
    """Nothing else was stored meanwhile: the append itself finds out that the members are others."""
    await apart.demote_ada()
    bo = apart.at.table.players["Bo"].user_id
    await apart.cy.send("hex:reveal", id="c", hexKeys=["9,9"], targets={"playerIds": [bo]})
    await apart.cy.until("ack")
    await apart.ada_learned_of_it_first("9,9")


async def test_a_command_by_an_old_authority_is_refused(apart: Apart) -> None:
    """Even at a server that does not know of the demotion."""
    await apart.demote_ada()
    await apart.ada.send("session:start", id="a")
    assert (await apart.ada.until("error", "ack"))["code"] == "dm_only"
    assert "session_started" not in apart.at.table.topics()


async def test_a_command_by_a_sign_in_that_has_ended_is_not_carried_out(apart: Apart) -> None:
    """Even at a server that does not know of the sign-out, and was sent the command with it."""
    ada = apart.at.table.players["Ada"]
    ada.url = apart.at.here
    await ada.call("DELETE", "/api/session", expect=204)
    await apart.ada.send("session:start", id="a")
    assert await apart.ada.close_code() == 4001
    assert "ack" not in {message["type"] for message in apart.ada.seen}
    assert "session_started" not in apart.at.table.topics()
    # The id was not used up by it.
    await apart.cy.send("session:start", id="a")
    assert (await apart.cy.until("error", "ack"))["type"] == "ack"


async def test_a_sign_in_that_ends_at_the_door_opens_no_connection(
    split: SplitMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other server has looked its cookie up, and has yet to open the room."""
    at = await split("Ada")
    ada = at.table.players["Ada"]
    await set_role(at.table, ada, "dm")
    ada.url = at.there
    is_at_the_door, may_go_on = asyncio.Event(), asyncio.Event()

    async def let_in_slowly(*arguments: Any) -> Admitted:
        admitted = await admit(*arguments)
        is_at_the_door.set()
        await may_go_on.wait()
        return admitted

    monkeypatch.setattr("transport.websocket.endpoint.admit", let_in_slowly)
    async with asyncio.TaskGroup() as group:
        group.create_task(is_turned_away(ada, at.table.campaign))
        await is_at_the_door.wait()
        ada.url = at.here
        await ada.call("DELETE", "/api/session", expect=204)
        may_go_on.set()


async def is_turned_away(person: Person, campaign: str) -> None:
    """As somebody who is not signed in."""
    socket = await person.open(campaign)
    assert await socket.close_code() == 4001
    assert "session:state" not in {message["type"] for message in socket.seen}


async def test_nor_if_the_members_are_read_while_it_is_asked(
    split: SplitMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sign-in ends after the answer. The server learns of it before it goes on, and nobody tells it again."""
    at = await split("Ada", "Cy")
    ada, cy = at.table.players["Ada"], at.table.players["Cy"]
    for person in (ada, cy):
        await set_role(at.table, person, "dm")
    at_cy = await at.join_there(cy)
    has_ended, may_sign_out = SignIns.has_ended, asyncio.Event()
    ask = Directory.ended_sign_ins

    async def ask_slowly(directory: Directory, hashes: list[bytes]) -> list[bytes]:
        ended = await ask(directory, hashes)
        if may_sign_out.is_set():
            may_sign_out.clear()
            ada.url = at.here
            await ada.call("DELETE", "/api/session", expect=204)
            await at_cy.send("hex:reveal", id="c", hexKeys=["9,9"], targets="all")
            await at_cy.until("ack")
        return ended

    async def look(sign_ins: SignIns, room: Room, token_hash: bytes) -> bool:
        may_sign_out.set()
        return await has_ended(sign_ins, room, token_hash)

    monkeypatch.setattr(SignIns, "has_ended", look)
    monkeypatch.setattr(Directory, "ended_sign_ins", ask_slowly)
    ada.url = at.there
    await is_turned_away(ada, at.table.campaign)


async def test_whoever_becomes_a_dm_after_signing_out_is_none(apart: Apart) -> None:
    """A player's sign-out is told by a notification alone, which got lost; the new role comes with Cy's command."""
    bo = apart.at.table.players["Bo"]
    at_bo = await apart.at.join_there(bo)
    bo.url = apart.at.here
    await bo.call("DELETE", "/api/session", expect=204)
    await set_role(apart.at.table, bo, "dm")
    await apart.cy.send("hex:reveal", id="c", hexKeys=["9,9"], targets="all")
    await apart.cy.until("ack")
    assert await at_bo.close_code() == 4001


async def test_nor_whoever_comes_while_it_is_asked_who_has_signed_out(
    apart: Apart, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bo is let in as the player that he was, after the sign-ins of the DMs who were here had been asked about."""
    bo = apart.at.table.players["Bo"]
    coming: list[asyncio.Task[Socket]] = []
    there: list[object] = []
    ask = Directory.ended_sign_ins

    async def ask_late(directory: Directory, hashes: list[bytes]) -> list[bytes]:
        ended = await ask(directory, hashes)
        if directory in there and not stands_at_the_door.is_set():
            stands_at_the_door.set()
            await (await coming[0]).until("session:state")
        return ended

    stands_at_the_door, may_come_in = asyncio.Event(), asyncio.Event()
    bring_up_to_date = Rooms.bring_up_to_date

    async def bring_early(rooms: Rooms, room: Room) -> None:
        await bring_up_to_date(rooms, room)
        if coming and not there:
            there.append(rooms._campaigns)
            may_come_in.set()
            await stands_at_the_door.wait()

    monkeypatch.setattr(Rooms, "bring_up_to_date", bring_early)
    bo.url = apart.at.there
    coming.append(asyncio.create_task(bo.open(apart.at.table.campaign)))
    await may_come_in.wait()
    monkeypatch.setattr(Directory, "ended_sign_ins", ask_late)
    bo.url = apart.at.here
    await bo.call("DELETE", "/api/session", expect=204)
    await set_role(apart.at.table, bo, "dm")
    await apart.cy.send("hex:reveal", id="c", hexKeys=["9,9"], targets="all")
    await apart.cy.until("ack")
    assert await (await coming[0]).close_code() == 4001


async def test_a_refusal_rests_on_the_newest_state_too(apart: Apart) -> None:
    """The session began at the other server: it can be paused here, and begun no second time."""
    dee = apart.at.table.sockets["dm"]
    await dee.send("session:start", id="s")
    await dee.until("ack")
    await apart.cy.send("session:pause", id="p")
    assert (await apart.cy.until("error", "ack"))["type"] == "ack"
    await dee.send("session:end", id="e")
    await dee.until("ack")
    await apart.cy.send("session:resume", id="r")
    assert (await apart.cy.until("error", "ack"))["code"] == "not_paused"


async def test_who_comes_with_a_new_role_is_shown_what_it_allows(apart: Apart) -> None:
    """The server that does not know of the demotion reads it with the cookie."""
    await apart.demote_ada()
    state = await apart.at.table.players["Ada"].fresh_state(apart.at.table.campaign)
    assert "reveals" not in state


async def test_what_was_told_there_can_be_resumed_here(apart: Apart) -> None:
    """The server that was not told of an event reads it when somebody comes who was."""
    at = apart.at
    cy = at.table.players["Cy"]
    await apart.cy.send("hex:reveal", id="c", hexKeys=["9,9"], targets="all")
    last = (await apart.cy.until("hex:revealed"))["eventId"]
    await apart.cy.socket.close()
    cy.url = at.here
    back = await cy.join(at.table.campaign, last)
    assert next(message for message in back.seen if message["type"] == "connected")["resumed"]


async def test_a_member_is_told_from_the_version_at_the_commit(apart: Apart) -> None:
    """Not from where the server was that took the change, nor where the statement found the log."""
    table = apart.at.table
    ada = table.players["Ada"]
    with psycopg.connect(table.database) as sql:
        sql.execute("update member set role = 'player' where person_id = %s", (ada.user_id,))
        for number in range(3):
            await table.sockets["dm"].send("hex:reveal", id=f"{number}", hexKeys=["5,5"], targets="all")
            await table.sockets["dm"].until("ack")
        sql.commit()
        query = "select told_from, (select max(version) from event_log where campaign_id = %s) from member"
        [(told_from, head)] = sql.execute(f"{query} where person_id = %s", (table.campaign, ada.user_id)).fetchall()
    assert told_from == head == 3
