"""Coming back: exactly what was missed, or a fresh state."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from uuid import UUID, uuid4

import psycopg
import pytest

import transport.cluster.reconcile
import transport.history.past
from domain.ids import CampaignId
from domain.postgres import PostgresStore
from projections import snapshots
from tests.end_to_end.conftest import TableMaker
from tests.end_to_end.peers import Person, Table, a_table
from transport.database import connection_pool
from transport.history import Past
from transport.rooms.snapshot_store import SnapshotStore
from transport.server.server import running
from transport.settings import Settings


async def reveal(table: Table, key: str, to: object = "all") -> None:
    """Reveals one hex and waits for the ack."""
    dm = table.sockets["dm"]
    await dm.send("hex:reveal", hexKeys=[key], targets=to, id=f"r{key}")
    await dm.until("ack", when=lambda m: m["id"] == f"r{key}")


async def resumed(person: Person, campaign: str, last_event_id: str) -> bool:
    """Whether the server goes on from there."""
    socket = await person.open(campaign, last_event_id)
    connected, following = await socket.next(), None
    if not connected["resumed"]:
        following = (await socket.next())["type"]
    await socket.socket.close()
    assert following == (None if connected["resumed"] else "session:state")
    return bool(connected["resumed"])


async def which_resume(person: Person, campaign: str, ids: Sequence[str]) -> list[bool]:
    """What somebody finds out who tries all ids that they know."""
    return [await resumed(person, campaign, event_id) for event_id in ids]


async def told_to(person: Person, table: Table, keys: Sequence[str]) -> list[str]:
    """Reveals hexes to all, one after the other, and collects the ids that the person is told."""
    ids = []
    socket = await person.join(table.campaign)
    for key in keys:
        await reveal(table, key)
        ids.append((await socket.until("hex:revealed"))["eventId"])
    await socket.socket.close()
    return ids


async def happen_hidden(table: Table) -> None:
    """Something that Ada is not told of, several times."""
    bo = {"playerIds": [table.players["Bo"].user_id]}
    await reveal(table, f"-9,{len(table.log())}", to=bo)
    await table.sockets["dm"].send("hex:update", changes=[{"key": "8,8", "terrain": "lair"}], id=str(uuid4()))
    await table.sockets["dm"].until("ack")
    size = {"gridWidth": 9, "gridHeight": 9, "hexSize": 20.0, "orientation": "flat"}
    land = {"version": 1, "name": "Lair", **size, "hexes": [{"q": 7, "r": 7, "terrain": "lair"}]}
    await table.dm.call("POST", f"/api/campaigns/{table.campaign}/map", land)


async def test_exactly_the_missed_messages(set_table: TableMaker) -> None:
    """Each missed message comes once, in order, and then the live ones follow."""
    table = await set_table("Ada", "Bo", leave_grace_seconds=5)
    ada = table.sockets["Ada"]
    await reveal(table, "0,0")
    last = (await ada.until("hex:revealed"))["eventId"]
    await ada.socket.close()
    for n in range(1, 4):
        await reveal(table, f"{n},0")
    await reveal(table, "9,9", to={"playerIds": [table.players["Bo"].user_id]})
    back = await table.players["Ada"].open(table.campaign, last)
    assert (await back.next())["resumed"] is True
    await reveal(table, "4,0")
    await back.until("hex:revealed", when=lambda m: m["hexKeys"] == ["4,0"])
    missed = [m.get("hexKeys") for m in back.seen[1:] if m["type"] != "player:presence"]
    assert missed == [["1,0"], ["2,0"], ["3,0"], ["4,0"]]


async def test_a_missed_queue_comes_once(set_table: TableMaker) -> None:
    """A DM who comes back gets the list as it is now, however often it changed."""
    table = await set_table(leave_grace_seconds=5)
    await table.sockets["dm"].send("broadcast:mode", mode="staged")
    last = (await table.sockets["dm"].until("dm:preparing"))["eventId"]
    for n in range(5):
        await reveal(table, f"{n},0")
    back = await table.dm.open(table.campaign, last)
    assert (await back.next())["resumed"] is True
    listed = await back.next()
    assert listed["type"] == "staged:changes"
    assert len(listed["changes"]) == 5
    await back.nothing_of("staged:changes", "hex:revealed")


async def test_half_a_publish_is_told_again(set_table: TableMaker) -> None:
    """Its two messages have one event id, and the connection may have broken between them."""
    table = await set_table("Ada", leave_grace_seconds=5)
    dm, ada = table.sockets["dm"], table.sockets["Ada"]
    await reveal(table, "0,0")
    await dm.send("broadcast:mode", mode="staged")
    await dm.send("hex:update", changes=[{"key": "0,0", "terrain": "forest"}])
    await dm.send("hex:reveal", hexKeys=["1,0"], targets="all")
    await dm.send("broadcast:publish")
    half = (await ada.until("hex:updated"))["eventId"]
    await ada.socket.close()
    back = await table.players["Ada"].open(table.campaign, half)
    assert [(await back.next())["type"] for _ in range(3)] == ["connected", "hex:updated", "hex:revealed"]


async def test_what_can_not_be_resumed_starts_afresh(set_table: TableMaker) -> None:
    """Unknown, foreign, too old or hidden: all look the same."""
    table = await set_table("Ada", "Bo", resume_events=3)
    ada, bo = table.players["Ada"], table.players["Bo"]
    await reveal(table, "0,0")
    old = (await table.sockets["Ada"].until("hex:revealed"))["eventId"]
    for n in range(1, 4):
        await reveal(table, f"{n},0")
    await reveal(table, "9,9", to={"playerIds": [bo.user_id]})
    hidden = (await table.sockets["Bo"].until("hex:revealed", when=lambda m: m["hexKeys"] == ["9,9"]))["eventId"]
    assert await resumed(bo, table.campaign, hidden) is True
    for event_id in (old, hidden, str(uuid4()), "nonsense", "\u0000"):
        assert await resumed(ada, table.campaign, event_id) is False


async def test_a_role_change_in_between_starts_afresh(set_table: TableMaker) -> None:
    """What one saw as a DM can't be continued as a player."""
    table = await set_table("Ada", leave_grace_seconds=5)
    member = f"/api/campaigns/{table.campaign}/members/{table.players['Ada'].user_id}"
    await reveal(table, "0,0")
    last = (await table.sockets["Ada"].until("hex:revealed"))["eventId"]
    await table.sockets["Ada"].socket.close()
    await table.dm.call("PATCH", member, {"role": "dm"})
    assert await resumed(table.players["Ada"], table.campaign, last) is False


async def test_hidden_events_move_no_boundary(set_table: TableMaker) -> None:
    """Ada asks with each id that she knows, again and again: she hears the same, whatever the DM does in secret."""
    table = await set_table("Ada", "Bo", resume_events=5)
    ada = table.players["Ada"]
    ids = await told_to(ada, table, [f"{n},0" for n in range(9)])
    for _ in range(4):
        assert await which_resume(ada, table.campaign, ids) == [False] * 4 + [True] * 5
        await happen_hidden(table)
    more = await told_to(ada, table, ["0,1"])
    assert await which_resume(ada, table.campaign, ids + more) == [False] * 5 + [True] * 5


async def test_looking_back_and_restarts_shrink_nothing(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From where Ada can go on is the same at the next server, and at the one after it, whatever was kept meanwhile."""
    monkeypatch.setattr(snapshots, "SPACING", 20)
    monkeypatch.setattr(transport.history.past, "OFTEN_SPACING", 1)
    monkeypatch.setattr(transport.cluster.reconcile, "FOLLOW_SECONDS", 0.05)
    settings = Settings(port=0, resume_events=12, leave_grace_seconds=0.1, analytics=False)
    async with AsyncExitStack() as first:
        url = await first.enter_async_context(running(settings, database))
        async with a_table(url, database, ("Ada", "Bo")) as table:
            ada = table.players["Ada"]
            await happen_hidden(table)
            ids = await told_to(ada, table, [f"{n},0" for n in range(20)])
            await hold_two_sessions(table)
            await happen_hidden(table)
            expected = await which_resume(ada, table.campaign, ids)
            assert expected == sorted(expected)
            assert len({*expected}) == 2
            await look_back(table)
            for turn in range(3):
                await first.aclose()
                url = await first.enter_async_context(running(settings, database))
                for person in (table.dm, ada, table.players["Bo"]):
                    person.url = url
                table.sockets["dm"] = await table.dm.join(table.campaign)
                assert await which_resume(ada, table.campaign, ids) == expected, turn
                await happen_hidden(table)
                assert await which_resume(ada, table.campaign, ids) == expected, turn
            kinds = keyframes(table)
    assert kinds.count("whole") == 1
    assert "state" in kinds


async def hold_two_sessions(table: Table) -> None:
    """In which nothing happens."""
    dm = table.sockets["dm"]
    for verb in ("start", "end", "start", "end"):
        await dm.send(f"session:{verb}", id=str(uuid4()))
        await dm.until("ack")


async def look_back(table: Table) -> None:
    """Somebody looks at each session, as a server's second process does; of its beginning a state is kept."""
    campaign = CampaignId(UUID(table.campaign))
    async with PostgresStore(table.database) as store, connection_pool(table.database) as pool:
        past = Past(store, SnapshotStore(pool))
        for stretch in await past.stretches(campaign):
            await past.beginning(campaign, stretch)


def keyframes(table: Table) -> list[str]:
    with psycopg.connect(table.database) as sql:
        query = "select case when windows is null then 'state' else 'whole' end from keyframe where campaign_id = %s"
        return [kind for (kind,) in sql.execute(query, [table.campaign])]


@pytest.mark.parametrize("who", ["dm", "Ada"])
async def test_at_a_quiet_table_the_state_says_where_to_go_on(set_table: TableMaker, who: str) -> None:
    """Nothing happens but that people come and go, each of whom is not told of it themselves."""
    table = await set_table("Ada", "Bo", leave_grace_seconds=0.05)
    person = table.dm if who == "dm" else table.players[who]
    await table.sockets["dm"].send("session:start", id="start")
    await table.sockets["dm"].until("ack")
    await reveal(table, "1,1", to={"playerIds": [table.players["Ada"].user_id]})
    await table.sockets["dm"].send("broadcast:mode", mode="staged")
    await reveal(table, "2,1")
    await table.sockets[who].socket.close()
    await table.sockets["Bo"].until("player:left", when=lambda m: m["userId"] == person.user_id)
    first = await person.join(table.campaign)
    await table.sockets["Bo"].until("player:joined", when=lambda m: m["userId"] == person.user_id)
    await first.until("player:presence")
    last = [message["eventId"] for message in first.seen if "eventId" in message][-1]
    assert first.seen[1]["type"] == "session:state"
    await first.socket.close()
    for event_id in (first.seen[1]["eventId"], last):
        again = await person.open(table.campaign, event_id)
        assert (await again.next())["resumed"] is True
        await again.nothing_of("hex:revealed", "dm:preparing", "session:state", "session:statusChanged", "player:left")
        await again.socket.close()


async def test_who_was_told_nothing_yet_has_no_place_to_go_on(set_table: TableMaker) -> None:
    """Whatever happened before they came, and what is hidden from them, is no event of theirs."""
    table = await set_table("Ada", "Bo")
    await reveal(table, "1,1", to={"playerIds": [table.players["Bo"].user_id]})
    assert "eventId" not in await table.players["Ada"].fresh_state(table.campaign)
    await reveal(table, "2,1")
    told = (await table.sockets["Ada"].until("hex:revealed"))["eventId"]
    newcomer = await table.new_person().sign_up("Cy")
    await table.invite(newcomer)
    assert "eventId" not in await newcomer.fresh_state(table.campaign)
    assert (await table.players["Ada"].fresh_state(table.campaign))["eventId"] == told
