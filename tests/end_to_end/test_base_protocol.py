"""A client that knows only the base protocol plays a whole session."""

from __future__ import annotations

from tests.end_to_end.conftest import TableMaker

BASE_KEYS = {
    "session:statusChanged": {"status"},
    "hex:revealed": {"hexKeys", "terrain"},
    "hex:updated": {"changes"},
    "dm:preparing": {"preparing"},
    "staged:changes": {"changes"},
}


async def test_all_of_the_largest_map_in_one_message(set_table: TableMaker) -> None:
    """10,000 keys, in two events: one answer, and staged one change that is undone or published whole."""
    table = await set_table("Ada", frame_bytes=1024 * 1024)
    dm, ada = table.sockets["dm"], table.sockets["Ada"]
    keys = [f"{n % 100},{n // 100}" for n in range(10_000)]
    await dm.send("hex:reveal", hexKeys=keys, targets="all", id="all")
    told = [await ada.until("hex:revealed") for _ in range(2)]
    assert [key for message in told for key in message["hexKeys"]] == keys
    assert (await dm.until("ack"))["eventId"] == told[1]["eventId"]
    await dm.send("broadcast:mode", mode="staged")
    await dm.send("hex:update", changes=[{"key": key, "terrain": "sea"} for key in keys])
    listed = await dm.until("staged:changes")
    (change,) = listed["changes"]
    assert (change["description"], len(change["data"]["changes"])) == ("Set 10000 hexes to sea", 10_000)
    await dm.send("staged:undo", index=0, id="undo")
    await dm.until("ack")
    assert (await table.dm.fresh_state(table.campaign))["stagedChanges"] == []
    await dm.send("hex:update", changes=[{"key": key, "terrain": "sea"} for key in keys], id="again")
    await dm.until("ack")
    await dm.send("broadcast:publish")
    assert len((await ada.until("hex:updated"))["changes"]) == 10_000
    rows = [(topic, command, len(data.get("hex_keys", []))) for topic, _, _, command, data in table.log()]
    assert rows[:2] == [("hexes_revealed", None, 5_000), ("hexes_revealed", "all", 5_000)]
    assert [topic for topic, *_ in rows[3:]] == [
        *["change_staged"] * 2,
        *["change_undone"] * 2,
        *["change_staged"] * 2,
        "changes_published",
    ]


async def test_a_whole_session_without_ids(set_table: TableMaker) -> None:
    """No command carries an id, and every push still comes to those it is for, with its base keys."""
    table = await set_table("Ada", "Bo")
    dm, ada, bo = table.sockets["dm"], table.sockets["Ada"], table.sockets["Bo"]
    ada_id = table.players["Ada"].user_id

    await dm.send("session:start")
    for socket in (dm, ada, bo):
        assert (await socket.until("session:statusChanged"))["status"] == "active"

    await dm.send("hex:reveal", hexKeys=["0,0", "1,0"], targets="all")
    for socket in (dm, ada, bo):
        revealed = await socket.until("hex:revealed")
        assert revealed["hexKeys"] == ["0,0", "1,0"]
        assert revealed["terrain"] == [
            {"key": "0,0", "terrain": "unknown"},
            {"key": "1,0", "terrain": "unknown"},
        ]

    await dm.send("hex:reveal", hexKeys=["5,5"], targets={"playerIds": [ada_id]})
    assert (await ada.until("hex:revealed"))["hexKeys"] == ["5,5"]
    await dm.send("hex:update", changes=[{"key": "0,0", "terrain": "forest"}, {"key": "9,9", "terrain": "swamp"}])
    assert (await bo.until("hex:updated", "hex:revealed")) | {"eventId": ""} == {
        "type": "hex:updated",
        "changes": [{"key": "0,0", "terrain": "forest"}],
        "eventId": "",
    }
    assert len((await dm.until("hex:updated"))["changes"]) == 2

    await dm.send("broadcast:mode", mode="staged")
    assert (await ada.until("dm:preparing"))["preparing"] is True
    await dm.send("hex:reveal", hexKeys=["9,9"], targets="all")
    assert len((await dm.until("staged:changes"))["changes"]) == 1
    await dm.send("hex:update", changes=[{"key": "1,0", "terrain": "desert"}])
    await dm.send("hex:reveal", hexKeys=["8,8"], targets="all")
    listed = await dm.until("staged:changes", when=lambda m: len(m["changes"]) == 3)
    assert [change["description"] for change in listed["changes"]] == [
        "Reveal 1 hex to all players",
        "Set 1 hex to desert",
        "Reveal 1 hex to all players",
    ]
    await dm.send("staged:undo", index=2)
    await dm.until("staged:changes", when=lambda m: len(m["changes"]) == 2)
    await dm.send("broadcast:publish")
    for socket in (ada, bo):
        assert (await socket.until("hex:updated"))["changes"] == [{"key": "1,0", "terrain": "desert"}]
        published = await socket.until("hex:revealed")
        assert published["hexKeys"] == ["9,9"]
        assert published["terrain"] == [{"key": "9,9", "terrain": "swamp"}]

    for verb, status in (("pause", "paused"), ("resume", "active"), ("end", "ended")):
        await dm.send(f"session:{verb}")
        for socket in (dm, ada, bo):
            assert (await socket.until("session:statusChanged"))["status"] == status

    assert not any(message["type"] in ("ack", "error") for message in dm.seen + ada.seen + bo.seen)
    for message in dm.seen + ada.seen + bo.seen:
        assert BASE_KEYS.get(message["type"], set()) <= message.keys()
    assert table.topics() == [
        "session_started",
        "hexes_revealed",
        "hexes_revealed",
        "hexes_updated",
        "broadcast_mode_changed",
        "change_staged",
        "change_staged",
        "change_staged",
        "change_undone",
        "changes_published",
        "session_paused",
        "session_resumed",
        "session_ended",
    ]
