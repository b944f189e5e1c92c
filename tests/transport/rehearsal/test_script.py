from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.transport.rehearsal.scripts import ADA, DEE, DM, MIRA, TABLE, TITLE, Line, reveal, send, write
from transport.rehearsal.lines import Drop, Import, Join, Promote, Return, Say, Send
from transport.rehearsal.script import InvalidScript, read_script

MAP = {
    "version": 1,
    "name": "Small",
    "gridWidth": 1,
    "gridHeight": 1,
    "hexSize": 20,
    "orientation": "flat",
    "hexes": [{"q": 0, "r": 0, "terrain": "swamp"}],
}


def test_every_kind_of_line(tmp_path: Path) -> None:
    """A script with all that can happen is read, with empty lines between."""
    (tmp_path / "small.json").write_text(json.dumps(MAP))
    path = write(
        tmp_path,
        *TABLE,
        DEE,
        "",
        {"say": "Once upon a time"},
        {"who": "dm", "import": "small.json"},
        {"after": 2.5, "who": "ada", "drop": True},
        {"who": "ada", "return": True},
        {"who": "dee", "join": True},
        {"who": "dm", "promote": "mira"},
        send("dm", "broadcast:mode", mode="staged"),
        {**reveal("0,0", to=["ada", "dee"], who="mira"), "as": "first"},
        send("dm", "staged:undo", changeId="first"),
        {**send("ada", "session:start"), "refused": "dm_only"},
    )
    script = read_script(path)
    assert script.title == "A short evening"
    assert [part.cast for part in script.cast] == ["dm", "mira", "ada", "dee"]
    assert [type(step) for step in script.steps] == [Say, Import, Drop, Return, Join, Promote, *[Send] * 4]
    assert script.commands == 4
    assert [step.number for step in script.steps][:2] == [7, 8]
    drop = script.steps[2]
    assert isinstance(drop, Drop)
    assert drop.after == 2.5


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ([], "line 1: a script begins with its title"),
        ([DM], "line 1: a script begins with its title"),
        ([TITLE, ADA], "line 2: one of the cast has the role"),
        ([TITLE, DM, {**DM, "cast": "dm2"}], "line 3: one of the cast has the role"),
        ([TITLE, {**DM, "late": True}], "line 2: the dm can't be late"),
        ([TITLE, DM, DM], "line 3: dm is in the cast twice"),
        ([TITLE, DM, {"say": "…"}, ADA], "line 4: the cast comes right after the title"),
        ([*TABLE, TITLE], "line 5: a script has one title"),
        ([*TABLE, "{"], "line 5: not JSON"),
        ([*TABLE, "[]"], "line 5: not a JSON object"),
        ([*TABLE, {}], "line 5: exactly one of these is needed: title, cast, say"),
        ([*TABLE, {"say": "", "who": "dm", "drop": True}], "line 5: exactly one of these is needed"),
        ([*TABLE, {"say": "", "loud": True}], "line 5: loud: "),
        ([TITLE, {**DM, "name": "\u202e"}], "line 2: name: "),
        ([TITLE, {**DM, "role": "king"}], "line 2: role: "),
        ([TITLE, {**DM, "cast": "D M"}], "line 2: cast: "),
        ([*TABLE, {"after": -1, "who": "ada", "drop": True}], "line 5: after: "),
        ([*TABLE, {"who": "ada", "drop": False}], "line 5: drop: "),
        ([*TABLE, {"who": "zoe", "drop": True}], "line 5: who: zoe is not in the cast"),
        ([*TABLE, DEE, reveal("0,0", who="dee")], "line 6: who: dee has not joined yet"),
        ([*TABLE, DEE, reveal("0,0", to=["dee"])], "line 6: send.targets: dee is not"),
        ([*TABLE, DEE], "line 5: not at the table at the end: dee"),
        ([*TABLE, {"who": "ada", "drop": True}], "line 5: not at the table at the end: ada"),
        ([*TABLE, {"who": "ada", "drop": True}, send("ada", "session:end")], "line 6: who: ada has dropped"),
        ([*TABLE, {"who": "ada", "return": True}], "line 5: ada did not drop"),
        ([*TABLE, {"who": "ada", "join": True}], "line 5: ada is at the table already"),
        ([*TABLE, {"who": "mira", "promote": "mira"}], "line 5: who: mira is no DM at this point"),
        ([*TABLE, {"who": "dm", "promote": "ada"}], "line 5: promote: ada is not at the table"),
        ([*TABLE, {"who": "ada", "import": "x.json"}], "line 5: who: ada is no DM"),
        ([*TABLE, {"who": "dm", "import": "missing.json"}], "line 5: import: missing.json: "),
        ([*TABLE, {"who": "dm", "import": "script.jsonl"}], "line 5: import: script.jsonl: The map file is not"),
        ([*TABLE, send("dm", "session:stop")], "line 5: send: "),
        ([*TABLE, reveal("01,0")], "line 5: send: hex:reveal.hexKeys[0]: "),
        ([*TABLE, send("dm", "session:start", id="mine")], "line 5: send.id: the client gives the ids"),
        ([*TABLE, reveal("0,0", to=["zoe"])], "line 5: send.targets: zoe is not in the cast"),
        ([*TABLE, send("dm", "staged:undo", changeId="x")], 'line 5: send.changeId: no change was staged "as" x'),
        ([*TABLE, {**reveal("0,0"), "as": "x"}, {**reveal("0,1"), "as": "x"}], "line 6: as: x is the name of"),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, lines: list[Line | str], complaint: str) -> None:
    """Whatever is wrong with a script is said, with the number of the line."""
    with pytest.raises(InvalidScript) as invalid:
        read_script(write(tmp_path, *lines))
    assert invalid.value.message.startswith(complaint)


def test_a_promoted_co_dm_may_lead(tmp_path: Path) -> None:
    """After the promotion the co-DM may do what only DMs may."""
    (tmp_path / "small.json").write_text(json.dumps(MAP))
    lines = [*TABLE, {"who": "dm", "promote": "mira"}, {"who": "mira", "import": "small.json"}]
    assert len(read_script(write(tmp_path, *lines)).steps) == 2


def test_no_file(tmp_path: Path) -> None:
    """A script that is not there is an OSError with its name."""
    with pytest.raises(OSError, match=r"nothing\.jsonl"):
        read_script(tmp_path / "nothing.jsonl")


def test_the_cast_may_be_one(tmp_path: Path) -> None:
    """A DM alone is enough."""
    assert len(read_script(write(tmp_path, TITLE, DM)).cast) == 1
    assert MIRA["role"] == "co-dm"
