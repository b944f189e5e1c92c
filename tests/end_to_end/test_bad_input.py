"""Everything that a client can get wrong: a clear error, the connection stays, nothing changed, nothing logged."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.end_to_end.conftest import TableMaker

STRANGER = "00000000-0000-4000-8000-000000000099"


def command(type_: str, **fields: Any) -> str:
    return json.dumps({"type": type_, **fields})


def reveal(keys: list[Any], targets: Any = "all") -> str:
    return command("hex:reveal", hexKeys=keys, targets=targets)


NOT_JSON = [
    "",
    "{",
    "nonsense",
    "[]",
    "3",
    "null",
    '"session:start"',
    '{"type":"session:start","x":NaN}',
    '{"type":"staged:undo","index":Infinity}',
    '{"type":"session:start","x":"\\ud800"}',
    '{"type":"session:start","x":' + "[" * 10_000 + "]" * 10_000 + "}",
]
INVALID = {
    "no type": "{}",
    "unknown type": command("hex:paint"),
    "type of a server message": command("session:state"),
    "type that is no text": '{"type":["session:start"]}',
    "no mode": command("broadcast:mode"),
    "unknown mode": command("broadcast:mode", mode="loud"),
    "no keys": command("hex:reveal", targets="all"),
    "empty keys": reveal([]),
    "10,001 keys": reveal([f"{n},0" for n in range(10_001)]),
    "three coordinates": reveal(["1,2,3"]),
    "leading zero": reveal(["01,2"]),
    "minus zero": reveal(["-0,2"]),
    "exponent": reveal(["1e3,0"]),
    "plus": reveal(["+1,2"]),
    "space": reveal(["1, 2"]),
    "six digits": reveal(["100000,0"]),
    "line end": reveal(["1,2\n"]),
    "other digits": reveal(["\u0661,2"]),
    "a number as key": reveal([12]),
    "keys that are no list": command("hex:reveal", hexKeys="1,2", targets="all"),
    "no targets": command("hex:reveal", hexKeys=["1,2"]),
    "unknown targets": reveal(["1,2"], "everyone"),
    "no players": reveal(["1,2"], {"playerIds": []}),
    "101 players": reveal(["1,2"], {"playerIds": [f"p{n}" for n in range(101)]}),
    "a player that is no text": reveal(["1,2"], {"playerIds": [7]}),
    "no terrain": command("hex:update", changes=[{"key": "1,2"}]),
    "empty terrain": command("hex:update", changes=[{"key": "1,2", "terrain": ""}]),
    "65 characters of terrain": command("hex:update", changes=[{"key": "1,2", "terrain": "x" * 65}]),
    "NUL in terrain": command("hex:update", changes=[{"key": "1,2", "terrain": "a\0b"}]),
    "bidi override in terrain": command("hex:update", changes=[{"key": "1,2", "terrain": "a\u202eb"}]),
    "no index": command("staged:undo"),
    "negative index": command("staged:undo", index=-1),
    "float index": command("staged:undo", index=1.0),
    "huge float index": '{"type":"staged:undo","index":1e400}',
    "text index": command("staged:undo", index="1"),
    "true as index": command("staged:undo", index=True),
    "empty id": command("session:start", id=""),
    "65 characters of id": command("session:start", id="x" * 65),
    "NUL in id": command("session:start", id="a\0"),
    "a number as id": command("session:start", id=5),
}


async def test_what_is_not_json_is_answered(set_table: TableMaker) -> None:
    """Broken JSON, other values than objects, and binary frames get invalid_json."""
    table = await set_table()
    dm = table.sockets["dm"]
    for frame in NOT_JSON:
        await dm.socket.send_str(frame)
        error = await dm.until("error")
        assert (error["code"], error["message"]) == ("invalid_json", "Invalid JSON"), frame[:60]
    await dm.socket.send_bytes(b'{"type":"session:start"}')
    assert (await dm.until("error"))["code"] == "invalid_json"
    assert table.topics() == []


@pytest.mark.parametrize("place", ["immediate", "staged"])
async def test_what_is_off_the_schema_is_answered(set_table: TableMaker, place: str) -> None:
    """Each wrong field gets invalid_message and a word on what is wrong; the table goes on."""
    table = await set_table()
    dm = table.sockets["dm"]
    await dm.send("broadcast:mode", mode=place, id="mode")
    await dm.until("ack")
    for name, frame in INVALID.items():
        await dm.socket.send_str(frame)
        error = await dm.until("error")
        assert error["code"] == "invalid_message", name
        assert error["message"].startswith("Invalid message: "), name
        assert len(error["message"]) < 300, name
    await dm.send("session:start", id="still here")
    assert (await dm.until("ack"))["id"] == "still here"
    assert table.topics() == ["broadcast_mode_changed", "session_started"]


async def test_the_error_names_the_place_and_the_command(set_table: TableMaker) -> None:
    """The sender learns which field is wrong and, if it had one, the id of the command."""
    dm = (await set_table()).sockets["dm"]
    await dm.send("hex:reveal", hexKeys=["1,1", "1,x"], targets="all", id="c1")
    error = await dm.until("error")
    assert "hexKeys.1" in error["message"]
    assert error["id"] == "c1"


async def test_impossible_commands_are_refused(set_table: TableMaker) -> None:
    """What the rules refuse has its code and message, and goes to the sender alone."""
    table = await set_table("Ada")
    dm, ada = table.sockets["dm"], table.sockets["Ada"]
    other = await table.new_person().sign_up("Of another campaign")
    refusals = [
        (command("session:pause"), "not_active", "No active session to pause"),
        (command("session:resume"), "not_paused", "No paused session to resume"),
        (command("session:end"), "no_session", "No active or paused session to end"),
        (command("broadcast:publish"), "nothing_staged", "No staged changes to publish"),
        (command("staged:undo", index=0), "no_such_change", "Invalid staged change index"),
        (command("staged:undo", index=10**30), "no_such_change", "Invalid staged change index"),
        (command("staged:undo", changeId="x"), "no_such_change", "No such staged change"),
    ]
    refusals += [
        (reveal(["1,1"], {"playerIds": [target]}), "unknown_player", f"Not a player of this campaign: {target}")
        for target in (STRANGER, other.user_id, "nonsense")
    ]
    for frame, code, words in refusals:
        await dm.socket.send_str(frame)
        error = await dm.until("error")
        assert (error["code"], error["message"]) == (code, words)
    await ada.nothing_of("error", "hex:revealed", "session:statusChanged")
    assert table.topics() == []


async def test_players_may_not_command(set_table: TableMaker) -> None:
    """All nine messages are for the DM; a player's attempt changes nothing and uses up no id."""
    table = await set_table("Ada")
    dm, ada = table.sockets["dm"], table.sockets["Ada"]
    for frame in (
        command("session:start", id="mine"),
        command("session:pause"),
        command("session:resume"),
        command("session:end"),
        command("broadcast:mode", mode="staged"),
        command("broadcast:publish"),
        command("staged:undo", index=0),
        reveal(["1,1"]),
        command("hex:update", changes=[{"key": "1,2", "terrain": "forest"}]),
    ):
        await ada.socket.send_str(frame)
        error = await ada.until("error")
        type_ = json.loads(frame)["type"]
        assert error["code"] == "dm_only"
        assert error["message"] == f"Action '{type_}' is restricted to the DM"
    assert table.topics() == []
    await dm.send("session:start", id="mine")
    assert (await dm.until("ack", "error"))["type"] == "ack"


async def test_a_frame_over_the_limit_closes_with_1009(set_table: TableMaker) -> None:
    """A frame of exactly the limit is heard; a larger one ends this connection and no other."""
    table = await set_table("Ada", frame_bytes=256 * 1024)
    dm, ada = table.sockets["dm"], table.sockets["Ada"]
    start = command("session:start", id="big", padding="")
    await dm.socket.send_str(start.replace('""', json.dumps("x" * (256 * 1024 - len(start)))))
    assert (await dm.until("ack"))["id"] == "big"
    await dm.socket.send_str("x" * 300 * 1024)
    assert await dm.close_code() == 1009
    await ada.until("player:left")
    assert table.topics()[0] == "session_started"


async def test_duplicate_keys_count_once(set_table: TableMaker) -> None:
    """Keys that are given twice are one hex; of two terrains for a hex the later one counts."""
    table = await set_table("Ada")
    dm, ada = table.sockets["dm"], table.sockets["Ada"]
    await dm.send("hex:reveal", hexKeys=["1,1", "2,2", "1,1"] * 2000, targets="all")
    assert (await ada.until("hex:revealed"))["hexKeys"] == ["1,1", "2,2"]
    await dm.send("hex:update", changes=[{"key": "1,1", "terrain": "forest"}, {"key": "1,1", "terrain": "swamp"}])
    assert (await ada.until("hex:updated"))["changes"] == [{"key": "1,1", "terrain": "swamp"}]


async def test_unknown_extra_keys_are_ignored(set_table: TableMaker) -> None:
    """A newer client may say more than we understand."""
    table = await set_table()
    await table.sockets["dm"].send("session:start", id="x", mood="gloomy", nested={"a": [1]})
    assert (await table.sockets["dm"].until("ack", "error"))["type"] == "ack"


async def test_too_many_staged_changes(set_table: TableMaker) -> None:
    """Past the limit of the queue a change is refused, and the queue is as it was."""
    table = await set_table(staged_changes=2)
    dm = table.sockets["dm"]
    await dm.send("broadcast:mode", mode="staged")
    for n in range(3):
        await dm.send("hex:reveal", hexKeys=[f"{n},0"], targets="all", id=f"s{n}")
    error = await dm.until("error")
    assert (error["code"], error["id"]) == ("too_many_staged", "s2")
    state = await table.dm.fresh_state(table.campaign)
    assert len(state["stagedChanges"]) == 2
