"""What one server does reaches those at another: at once by notifications, and a little later when these are lost."""

from __future__ import annotations

import psycopg
import pytest

from tests.access import access_of
from tests.end_to_end.peers import Socket
from tests.end_to_end.test_authority import set_role
from tests.nodes.conftest import Split, SplitMaker


async def reveal(split: Split, key: str) -> None:
    """By the DM, at the other server."""
    await split.table.sockets["dm"].send("hex:reveal", id=key, hexKeys=[key], targets="all")


async def is_told(socket: Socket, key: str) -> None:
    await socket.until("hex:revealed", when=lambda message: message["hexKeys"] == [key])


async def everything_arrives(split: Split) -> None:
    """A reveal, a new role, a removal and the end of a sign-in, each of them ordered at the other server."""
    ada, bo, cy = split.table.players.values()
    at_ada, at_bo, at_cy = [await split.join_there(person) for person in (ada, bo, cy)]
    await reveal(split, "1,1")
    for socket in (at_ada, at_bo, at_cy):
        await is_told(socket, "1,1")
    await set_role(split.table, ada, "dm")
    assert (await at_ada.until("session:state"))["reveals"] == [{"key": "1,1", "to": "all"}]
    await split.table.dm.call("DELETE", f"/api/campaigns/{split.table.campaign}/members/{bo.user_id}", expect=204)
    assert await at_bo.close_code() == 4003
    cy.url = split.here
    await cy.call("DELETE", "/api/session", expect=204)
    assert await at_cy.close_code() == 4001


@pytest.mark.usefixtures("no_looking")
async def test_hints_alone_bring_everything(split: SplitMaker) -> None:
    """Nobody looks by themselves."""
    await everything_arrives(await split("Ada", "Bo", "Cy"))


@pytest.mark.usefixtures("deaf", "quick_looking")
async def test_without_hints_everything_comes_too(split: SplitMaker) -> None:
    """Each of them was lost: the servers look by themselves."""
    await everything_arrives(await split("Ada", "Bo", "Cy"))


@pytest.mark.usefixtures("no_looking")
async def test_a_line_that_broke_is_made_up_for(split: SplitMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """What happened while nobody listened is looked up when somebody does again."""
    monkeypatch.setattr("transport.cluster.notifications.RETRY_SECONDS", 0.3)
    at = await split("Ada", "Bo")
    ada, bo = at.table.players.values()
    at_ada, at_bo = await at.join_there(ada), await at.join_there(bo)
    with psycopg.connect(at.table.database, autocommit=True) as sql:
        ended = sql.execute(
            "select pg_terminate_backend(pid, 1000) from pg_stat_activity"
            " where datname = current_database() and query like 'listen%'"
        ).fetchall()
    assert ended == [(True,)] * 2
    await reveal(at, "2,2")
    await at.table.dm.call("DELETE", f"/api/campaigns/{at.table.campaign}/members/{bo.user_id}", expect=204)
    await is_told(at_ada, "2,2")
    assert await at_bo.close_code() == 4003


@pytest.mark.usefixtures("no_looking")
async def test_nonsense_is_no_hint(split: SplitMaker) -> None:
    """Whoever knows the channels may say anything: nothing breaks, and the next notification counts."""
    at = await split("Ada")
    socket = await at.join_there(at.table.players["Ada"])
    access = access_of(at.table.database)
    with psycopg.connect(at.table.database, autocommit=True) as sql:
        for kind in ("events", "members", "sign_outs", "presence"):
            for payload in ("", "nonsense", "00000000-0000-4000-8000-000000000001,2,3"):
                sql.execute("select pg_notify(%s, %s)", (access.channel(kind), payload))
    await reveal(at, "3,3")
    await is_told(socket, "3,3")


@pytest.mark.usefixtures("no_looking")
async def test_two_dms_at_two_servers_write_one_log(split: SplitMaker) -> None:
    """Each command is decided on the newest state, carried out once, and told to both in one order."""
    at = await split("Ada")
    ada = at.table.players["Ada"]
    await set_role(at.table, ada, "dm")
    sockets = [at.table.sockets["dm"], await at.join_there(ada)]
    for number in range(60):
        for side, socket in enumerate(sockets):
            await socket.send("hex:reveal", id=f"{side}-{number}", hexKeys=[f"{number},{side}"], targets="all")
    expected = {(f"{number},{side}",) for number in range(60) for side in (0, 1)}
    told = []
    for socket in sockets:
        seen = [(await socket.until("hex:revealed"))["eventId"] for _ in range(len(expected))]
        assert len(set(seen)) == len(expected)
        told.append(seen)
    assert told[0] == told[1]
    with psycopg.connect(at.table.database) as sql:
        query = (
            "select event_id::text, data -> 'hex_keys' ->> 0 from event_log where campaign_id = %s order by position"
        )
        logged = [row for row in sql.execute(query, (at.table.campaign,)).fetchall() if row[1]]
    assert [event_id for event_id, _ in logged] == told[0]
    assert {(key,) for _, key in logged} == expected
    for side, socket in enumerate(sockets):
        given = [f"{side}-{number}" for number in range(60)]
        while len(acks := [message["id"] for message in socket.seen if message["type"] == "ack"]) < len(given):
            await socket.until("ack")
        assert acks == given
