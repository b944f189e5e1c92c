"""Who is here, when here is several servers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import psycopg
import pytest

from domain.store import StoreUnavailable
from tests.end_to_end.peers import Message, Socket
from tests.nodes.conftest import Split, SplitMaker
from transport.cluster.membership import ClusterMembership

GRACE = 0.3


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Put the number of a server in here, in the order of their starts: it gets no lease any more."""
    numbers: dict[object, int] = {}
    chosen: set[int] = set()
    stay_alive = ClusterMembership.stay_alive

    async def stay_alive_or_not(self: ClusterMembership) -> None:
        if numbers.setdefault(self.node, len(numbers)) in chosen:
            raise StoreUnavailable
        await stay_alive(self)

    monkeypatch.setattr(ClusterMembership, "stay_alive", stay_alive_or_not)
    return chosen


def comings(at: Split) -> list[tuple[str, str]]:
    """(type, name) of the arrivals and departures in the log, of players."""
    names = {person.user_id: person.name for person in at.table.players.values()}
    found = [(topic, data.get("player_id")) for topic, _, _, _, data in at.table.log()]
    return [(topic, names[user]) for topic, user in found if user in names]


def online(*names: str) -> Callable[[Message], bool]:
    """Whether a list says that just these, and the DM, are online."""
    return lambda message: {one["name"] for one in message["players"] if one["online"]} == {"Dee", *names}


async def start(at: Split) -> None:
    await at.table.sockets["dm"].send("session:start", id="start")
    await at.table.sockets["dm"].until("ack")


async def fell_silent(socket: Socket) -> None:
    await socket.nothing_of("player:joined", "player:left", seconds=2 * GRACE + 0.3)


async def test_one_person_at_two_servers_is_one_person(split: SplitMaker) -> None:
    """A tab here and a tab there: one arrival, and one departure when both are closed; told on both sides."""
    at = await split("Ada", "Bo", leave_grace_seconds=GRACE)
    ada, bo = at.table.players.values()
    dm = at.table.sockets["dm"]
    await start(at)
    at_bo = await at.join_there(bo)
    await dm.until("player:joined")
    there = await at.join_there(ada)
    assert (await dm.until("player:joined"))["userId"] == ada.user_id
    assert (await at_bo.until("player:joined"))["userId"] == ada.user_id
    ada.url = at.here
    here = await ada.join(at.table.campaign)
    await there.socket.close()
    await fell_silent(dm)
    await fell_silent(at_bo)
    await here.socket.close()
    assert (await dm.until("player:left"))["userId"] == ada.user_id
    assert (await at_bo.until("player:left"))["userId"] == ada.user_id
    await fell_silent(dm)
    assert comings(at) == [("player_joined", "Bo"), ("player_joined", "Ada"), ("player_left", "Ada")]


@pytest.mark.parametrize("is_live", [False, True])
async def test_both_sides_see_who_is_here(split: SplitMaker, is_live: bool) -> None:
    """The state at the joining, the lists, and the HTTP call, at both servers, in a session and between."""
    at = await split("Ada", "Bo", leave_grace_seconds=GRACE)
    ada, bo = at.table.players.values()
    if is_live:
        await start(at)
    at_ada = await at.join_there(ada)
    await at.table.sockets["dm"].until("player:presence", when=online("Ada"))
    at_bo = await at.join_there(bo)
    state = next(message for message in at_bo.seen if message["type"] == "session:state")
    assert {one["name"] for one in state["connectedPlayers"] if one["online"]} == {"Dee", "Ada", "Bo"}
    for socket in (at_ada, at.table.sockets["dm"]):
        await socket.until("player:presence", when=online("Ada", "Bo"))
    for url in (at.here, at.there):
        bo.url = url
        members = (await bo.call("GET", f"/api/campaigns/{at.table.campaign}/members"))["members"]
        assert online("Ada", "Bo")({"players": members})
    await at_ada.socket.close()
    for socket in (at_bo, at.table.sockets["dm"]):
        await socket.until("player:left")
        await socket.until("player:presence", when=online("Bo"))


async def test_moving_to_another_server_is_no_departure(split: SplitMaker) -> None:
    """As a page that is loaded again."""
    at = await split("Ada", leave_grace_seconds=1.0)
    ada = at.table.players["Ada"]
    await start(at)
    for url in (at.there, at.here, at.there):
        ada.url = url
        socket = await ada.join(at.table.campaign)
        await socket.socket.close()
    stays = await at.join_there(ada)
    await asyncio.sleep(1.5)
    assert comings(at) == [("player_joined", "Ada")]
    await stays.socket.close()


@pytest.mark.usefixtures("deaf", "quick_looking")
async def test_without_hints_it_is_noticed_too(split: SplitMaker) -> None:
    """Arrival and departure at the other server, when every notification is lost."""
    at = await split("Ada", leave_grace_seconds=GRACE)
    socket = await at.join_there(at.table.players["Ada"])
    await at.table.sockets["dm"].until("player:joined")
    await socket.socket.close()
    await at.table.sockets["dm"].until("player:left")


async def test_a_server_that_dies_takes_its_people_with_it(split: SplitMaker, dead: set[int]) -> None:
    """Once, in the log and for those at the others; and when it turns out to live they are back."""
    at = await split("Ada", "Bo", leave_grace_seconds=GRACE, lease_seconds=0.6)
    ada, bo = at.table.players.values()
    dm = at.table.sockets["dm"]
    await start(at)
    people = [await at.join_there(person) for person in (ada, bo)]
    dead.add(1)
    gone = {(await dm.until("player:left"))["userId"] for _ in (ada, bo)}
    assert gone == {ada.user_id, bo.user_id}
    assert sorted(comings(at)[2:]) == [("player_left", "Ada"), ("player_left", "Bo")]
    dead.clear()
    back = {(await dm.until("player:joined"))["userId"] for _ in (ada, bo)}
    assert back == {ada.user_id, bo.user_id}
    assert sorted(comings(at)[4:]) == [("player_joined", "Ada"), ("player_joined", "Bo")]
    await fell_silent(dm)
    assert len(comings(at)) == 6
    assert not any(person.socket.closed for person in people)


@pytest.mark.usefixtures("no_looking")
async def test_who_finds_a_dead_server_knows_it_first(split: SplitMaker, dead: set[int]) -> None:
    """What it tells the others is no news to itself: it looks who is left at once, and not with the next round."""
    at = await split("Ada", leave_grace_seconds=GRACE, lease_seconds=0.6)
    ada = await at.join_there(at.table.players["Ada"])
    await at.table.sockets["dm"].until("player:joined")
    dead.add(1)
    await at.table.sockets["dm"].until("player:left")
    assert not ada.socket.closed


async def test_without_a_lease_nobody_is_served(split: SplitMaker, dead: set[int]) -> None:
    """Commands are refused and may be sent again; newcomers are sent away; readyz says no. Until it is regained."""
    at = await split("Ada", leave_grace_seconds=GRACE, lease_seconds=0.6)
    dm, ada = at.table.sockets["dm"], at.table.players["Ada"]
    at_ada = await at.join_there(ada)
    dead.add(0)
    await asyncio.sleep(0.7)
    await dm.send("hex:reveal", id="r", hexKeys=["1,1"], targets="all")
    assert (await dm.until("error"))["code"] == "unavailable"
    ada.url = at.here
    turned_away = await ada.open(at.table.campaign)
    assert await turned_away.close_code() == 1013
    await ada.call("GET", "/readyz", expect=503)
    dead.clear()
    async with asyncio.timeout(10):
        while True:
            await dm.send("hex:reveal", id="r", hexKeys=["1,1"], targets="all")
            if (await dm.until("error", "ack"))["type"] == "ack":
                break
    await ada.call("GET", "/readyz")
    await ada.join(at.table.campaign)
    await at_ada.until("hex:revealed")


async def test_a_machine_that_wakes_serves_nobody_before_it_has_asked(
    split: SplitMaker, dead: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It slept for an hour, in which its timers stood still; the lease did not, and is looked at first."""
    at = await split("Ada", leave_grace_seconds=GRACE, lease_seconds=600)
    dm, ada = at.table.sockets["dm"], at.table.players["Ada"]
    at_ada = await at.join_there(ada)
    dead |= {0, 1}
    ask, boot_time = time.clock_gettime, getattr(time, "CLOCK_BOOTTIME", None)
    monkeypatch.setattr(time, "clock_gettime", lambda which: ask(which) + (3600 if which == boot_time else 0))
    await dm.send("hex:reveal", id="r", hexKeys=["1,1"], targets="all")
    assert (await dm.until("error", "ack"))["code"] == "unavailable"
    turned_away = await ada.open(at.table.campaign)
    assert await turned_away.close_code() == 1013
    await ada.call("GET", "/readyz", expect=503)
    assert "hex:revealed" not in [message["type"] for message in at_ada.seen]
    dead.clear()
    async with asyncio.timeout(10):
        while True:
            await dm.send("hex:reveal", id="r", hexKeys=["1,1"], targets="all")
            if (await dm.until("error", "ack"))["type"] == "ack":
                break
    await at_ada.until("hex:revealed")


async def test_who_lost_their_place_meanwhile_is_told_nothing_more(split: SplitMaker, dead: set[int]) -> None:
    """The other server removed somebody while this one had no lease: it catches up before it tells."""
    at = await split("Ada", leave_grace_seconds=GRACE, lease_seconds=0.6)
    ada = at.table.players["Ada"]
    at_ada = await at.join_there(ada)
    dead.add(1)
    await asyncio.sleep(0.7)
    with psycopg.connect(at.table.database, autocommit=True) as sql:  # no trigger, so no notification
        sql.execute("alter table member disable trigger user")
        sql.execute("delete from member where person_id = %s", (ada.user_id,))
        sql.execute("update campaign set roster_version = roster_version + 1")
        sql.execute("alter table member enable trigger user")
    await at.table.sockets["dm"].send("hex:reveal", id="secret", hexKeys=["7,7"], targets="all")
    await at.table.sockets["dm"].until("ack")
    await asyncio.sleep(0.2)
    dead.clear()
    assert await at_ada.close_code() == 4003
    assert "hex:revealed" not in [message["type"] for message in at_ada.seen]


async def test_the_last_ones_to_leave_are_recorded_too(split: SplitMaker, dead: set[int]) -> None:
    """Everybody was at the server that died: another one, that had nothing to do with it, says that they left."""
    at = await split("Ada", leave_grace_seconds=GRACE, lease_seconds=0.6)
    await start(at)
    at.table.dm.url = at.there
    people = [await at.join_there(person) for person in (at.table.players["Ada"], at.table.dm)]
    await at.table.sockets["dm"].socket.close()
    await asyncio.sleep(GRACE + 2.5)  # until the room has left the memory of the first
    dead.add(1)
    async with asyncio.timeout(10):
        while (await asyncio.to_thread(at.table.topics)).count("player_left") < 2:  # noqa: ASYNC110 - the log is a database's
            await asyncio.sleep(0.1)
    assert not any(person.socket.closed for person in people)
    assert comings(at) == [("player_joined", "Ada"), ("player_left", "Ada")]
