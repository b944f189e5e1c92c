"""Sixteen mistakes that a server of this kind has made elsewhere, each shown to be impossible here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import psycopg
import pytest

from tests.end_to_end.conftest import TableMaker
from tests.end_to_end.peers import Message, Table, a_table
from transport.server.server import running
from transport.settings import Settings


async def stage(table: Table, *keys: str, to: object = "all", id_: str = "staged") -> None:
    """Stages one reveal and waits for the ack."""
    dm = table.sockets["dm"]
    await dm.send("broadcast:mode", mode="staged", id=f"mode {id_}")
    await dm.send("hex:reveal", hexKeys=list(keys), targets=to, id=id_)
    await dm.until("ack", when=lambda m: m["id"] == id_)


async def test_01_staged_reveals_are_invisible_to_who_reconnects(set_table: TableMaker) -> None:
    """Before the publish no fresh state holds a staged hex, and an undone one never comes."""
    table = await set_table("Ada")
    await stage(table, "1,1")
    assert (await table.players["Ada"].fresh_state(table.campaign))["revealedHexes"] == []
    assert (await table.dm.fresh_state(table.campaign))["revealedHexes"] == []
    await table.sockets["dm"].send("staged:undo", index=0, id="undo")
    await table.sockets["dm"].until("ack", when=lambda m: m["id"] == "undo")
    await stage(table, "2,2", id_="second")
    await table.sockets["dm"].send("broadcast:publish")
    assert (await table.sockets["Ada"].until("hex:revealed"))["hexKeys"] == ["2,2"]


async def test_02_a_publish_keeps_the_targets(set_table: TableMaker) -> None:
    """A reveal staged for one player is published to that player alone."""
    table = await set_table("Ada", "Bo")
    await stage(table, "1,1", to={"playerIds": [table.players["Ada"].user_id]})
    await table.sockets["dm"].send("broadcast:publish")
    assert (await table.sockets["Ada"].until("hex:revealed"))["hexKeys"] == ["1,1"]
    await table.sockets["Bo"].nothing_of("hex:revealed")
    assert (await table.players["Bo"].fresh_state(table.campaign))["revealedHexes"] == []


async def test_03_all_means_everybody_ever(set_table: TableMaker) -> None:
    """Who was offline, and who joins the campaign later, knows what was revealed to all."""
    table = await set_table("Ada")
    await table.sockets["Ada"].socket.close()
    await table.sockets["dm"].send("hex:reveal", hexKeys=["1,1"], targets="all", id="r")
    await table.sockets["dm"].until("ack")
    assert (await table.players["Ada"].fresh_state(table.campaign))["revealedHexes"] == ["1,1"]
    late = await table.new_person().sign_up("Late")
    await table.invite(late)
    assert (await late.fresh_state(table.campaign))["revealedHexes"] == ["1,1"]


async def test_04_terrain_goes_to_those_who_know_the_hex(set_table: TableMaker) -> None:
    """An update of a hidden hex reaches no player; revealed later, the hex brings it along."""
    table = await set_table("Ada")
    dm, ada = table.sockets["dm"], table.sockets["Ada"]
    await dm.send("hex:update", changes=[{"key": "1,1", "terrain": "swamp"}])
    await dm.send("hex:reveal", hexKeys=["1,1"], targets="all")
    assert (await ada.until("hex:updated", "hex:revealed"))["terrain"] == [{"key": "1,1", "terrain": "swamp"}]


async def test_05_the_queue_is_never_lost_in_silence(database: str) -> None:
    """A restart keeps the queue, a reconnecting DM gets it, and leaving staged mode is on record."""
    async with running(Settings(port=0), database) as url, a_table(url, database, []) as table:
        await stage(table, "1,1")
        person, campaign = table.dm, table.campaign
        cookie = {c.key: c.value for c in person.http.cookie_jar}
    async with running(Settings(port=0), database) as url, a_table(url, database, []) as other:
        dm = other.new_person()
        dm.http.cookie_jar.update_cookies(cookie)
        socket = await dm.open(campaign)
        listed = await socket.until("staged:changes")
        assert [change["data"]["hexKeys"] for change in listed["changes"]] == [["1,1"]]
        await socket.send("broadcast:mode", mode="immediate")
        assert (await socket.until("staged:changes"))["changes"] == []
        await socket.until("dm:preparing")
        here = Table(url, database, campaign, dm, {}, {}, other.new_person)
        assert here.topics()[-2:] == ["changes_discarded", "broadcast_mode_changed"]


async def test_06_tabs_are_independent(set_table: TableMaker) -> None:
    """Both tabs of a user hear everything, and closing the first leaves the second and the user's presence alone."""
    table = await set_table("Ada")
    first = table.sockets["Ada"]
    second = await table.players["Ada"].join(table.campaign)
    await first.socket.close()
    await table.sockets["dm"].nothing_of("player:left", seconds=0.4)
    await table.sockets["dm"].send("session:start")
    assert (await second.until("session:statusChanged"))["status"] == "active"


async def test_07_pause_is_the_servers(set_table: TableMaker) -> None:
    """Start while paused is refused and orphans no session."""
    table = await set_table()
    dm = table.sockets["dm"]
    await dm.send("session:start")
    await dm.send("session:pause")
    await dm.send("session:start")
    assert (await dm.until("error"))["message"] == "Session is paused: resume or end it"
    assert (await table.dm.fresh_state(table.campaign))["status"] == "paused"
    assert table.topics() == ["session_started", "session_paused"]


async def test_08_a_restart_forgets_nothing(database: str) -> None:
    """After a restart the room has its status, its session goes on, and the log goes on with it."""
    async with running(Settings(port=0), database) as url, a_table(url, database, []) as table:
        await table.sockets["dm"].send("session:start", id="s")
        await table.sockets["dm"].until("ack")
        before = await table.dm.fresh_state(table.campaign)
        cookie = {c.key: c.value for c in table.dm.http.cookie_jar}
    async with running(Settings(port=0), database) as url, a_table(url, database, []) as other:
        dm = other.new_person()
        dm.http.cookie_jar.update_cookies(cookie)
        socket = await dm.open(table.campaign)
        state = await socket.until("session:state")
        assert (state["status"], state["sessionId"]) == ("active", before["sessionId"])
        await socket.send("session:end", id="e")
        await socket.until("ack")
        assert table.topics() == ["session_started", "session_ended"]


async def test_09_answers_go_to_the_sender_and_undo_hits_its_mark(set_table: TableMaker) -> None:
    """Errors reach only who caused them; an index means the list that this DM was last sent."""
    table = await set_table("Ada")
    member = f"/api/campaigns/{table.campaign}/members/{table.players['Ada'].user_id}"
    await table.dm.call("PATCH", member, {"role": "dm"})
    dm, co_dm = table.sockets["dm"], table.sockets["Ada"]
    await co_dm.until("session:state", when=lambda m: "reveals" in m)
    await dm.send("session:pause")
    assert (await dm.until("error"))["code"] == "not_active"
    await co_dm.nothing_of("error")

    await stage(table, "1,1", id_="a")
    await stage(table, "2,2", id_="b")
    listed = await co_dm.until("staged:changes", when=lambda m: len(m["changes"]) == 2)
    await dm.send("staged:undo", changeId=listed["changes"][0]["id"], id="u")
    await dm.until("ack", when=lambda m: m["id"] == "u")
    await co_dm.send("staged:undo", changeId=listed["changes"][0]["id"])
    assert (await co_dm.until("error"))["message"] == "No such staged change"
    state = await table.dm.fresh_state(table.campaign)
    assert [change["data"]["hexKeys"] for change in state["stagedChanges"]] == [["2,2"]]


async def test_10_commands_of_one_socket_keep_their_order(set_table: TableMaker) -> None:
    """Sent back to back, two thousand commands stand in the log, and reach the player, in the order of sending."""
    table = await set_table("Ada", command_burst=0)
    dm, ada = table.sockets["dm"], table.sockets["Ada"]
    await dm.send("session:start")
    for n in range(2_000):
        await dm.send("hex:reveal", hexKeys=[f"{n},0"], targets="all")
    await dm.send("session:pause")
    await dm.send("session:end")
    await ada.until("session:statusChanged", when=lambda m: m["status"] == "ended")
    wanted = [f"{n},0" for n in range(2_000)]
    assert [m["hexKeys"][0] for m in ada.seen if m["type"] == "hex:revealed"] == wanted
    log = table.log()
    assert [row[4]["hex_keys"][0] for row in log if row[0] == "hexes_revealed"] == wanted
    assert [row[0] for row in log if row[0] != "hexes_revealed"] == [
        "session_started",
        "session_paused",
        "session_ended",
    ]


async def test_11_players_see_nothing_that_the_log_does_not_know(set_table: TableMaker) -> None:
    """At the moment a player has a push, a second connection to the database finds its event committed."""
    table = await set_table("Ada")
    dm, ada = table.sockets["dm"], table.sockets["Ada"]
    with psycopg.connect(table.database, autocommit=True) as database:
        for n in range(30):
            await dm.send("hex:reveal", hexKeys=[f"{n},0"], targets="all")
            event_id = (await ada.until("hex:revealed"))["eventId"]
            found = database.execute("select 1 from event_log where event_id = %s", (event_id,)).fetchone()
            assert found is not None


async def test_12_the_log_says_what_a_player_saw(set_table: TableMaker) -> None:
    """Every push to a player names its event, and the event holds what was shown, to whom, by whom and when."""
    table = await set_table("Ada")
    ada_id = table.players["Ada"].user_id
    await stage(table, "1,1", to={"playerIds": [ada_id]})
    await table.sockets["dm"].send("broadcast:publish")
    await table.sockets["Ada"].until("hex:revealed")
    staged, published = table.log()[-2:]
    assert staged[0] == "change_staged"
    assert staged[4]["change"] == {"kind": "reveal", "hex_keys": ["1,1"], "audience": [ada_id]}
    assert published[0:2] == ("changes_published", table.dm.user_id)
    assert len(published[4]["change_ids"]) == 1


async def test_13_membership_ends_with_the_membership(set_table: TableMaker) -> None:
    """A removed player's socket is closed and hears nothing that happens afterwards."""
    table = await set_table("Ada")
    ada = table.players["Ada"]
    await table.dm.call("DELETE", f"/api/campaigns/{table.campaign}/members/{ada.user_id}", expect=204)
    await table.sockets["dm"].send("hex:reveal", hexKeys=["1,1"], targets="all")
    assert await table.sockets["Ada"].close_code() == 4003
    assert not any(message["type"] == "hex:revealed" for message in table.sockets["Ada"].seen)


def is_answer_to(command: str) -> Callable[[Message], bool]:
    return lambda message: message["id"] == command


@pytest.mark.parametrize("tabs", [1, 4])
async def test_14_a_flood_is_slowed_down_and_loses_nothing(set_table: TableMaker, tabs: int) -> None:
    """Past the rate the server reads a person's sockets more slowly; every command is carried out in the end."""
    table = await set_table(commands_per_second=400, command_burst=20)
    sockets = [table.sockets["dm"], *[await table.dm.join(table.campaign) for _ in range(tabs - 1)]]
    loop = asyncio.get_running_loop()
    start = loop.time()
    for n in range(120):
        await sockets[n % tabs].send("hex:reveal", hexKeys=[f"{n},0"], targets="all", id=f"f{n}")
    for n in range(120 - tabs, 120):
        await sockets[n % tabs].until("ack", when=is_answer_to(f"f{n}"))
    assert loop.time() - start >= 100 / 400 * 0.9
    assert len(table.topics()) == 120


async def test_15_presence_is_not_quadratic(set_table: TableMaker) -> None:
    """Forty people who come at once cost each connection a few whole lists, not one for every arrival."""
    table = await set_table()
    people = [await table.new_person().sign_up(f"P{n}") for n in range(40)]
    for person in people:
        await table.invite(person)
    sockets = await asyncio.gather(*(person.join(table.campaign) for person in people))
    dm = table.sockets["dm"]
    await dm.until("player:presence", when=lambda m: sum(p["online"] for p in m["players"]) == 41)
    joined = [m for m in dm.seen if m["type"] == "player:joined"]
    lists = [m for m in dm.seen if m["type"] == "player:presence" and sum(p["online"] for p in m["players"]) > 1]
    assert len(joined) == 40
    assert len(lists) <= 20
    assert len(sockets) == 40


async def test_16_final_codes_differ_from_passing_ones(set_table: TableMaker) -> None:
    """What can't get better closes with 4001 to 4003 or 4009; all else with a code that means: try again."""
    table = await set_table(tries_per_minute=1)
    wrong = {"Cookie": "fogbound_session=wrong"}
    codes = [await (await table.new_person().open(table.campaign, headers=wrong)).close_code() for _ in range(2)]
    assert codes == [4001, 1013]
