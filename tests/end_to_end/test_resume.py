"""Coming back: exactly what was missed, or a fresh state."""

from __future__ import annotations

from uuid import uuid4

from tests.end_to_end.conftest import TableMaker
from tests.end_to_end.peers import Person, Table


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
