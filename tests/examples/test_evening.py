"""The script of the examples holds what an evening holds."""

from __future__ import annotations

import pytest

from tests.examples.programs import EXAMPLES, load
from transport.rehearsal.lines import Act, Drop, Import, Join, Promote, Return, Say, Send
from transport.rehearsal.script import Script, read_script

FILE = EXAMPLES / "first-evening.jsonl"


@pytest.fixture(scope="module")
def evening() -> Script:
    return read_script(FILE)


def kinds(evening: Script) -> list[str]:
    """The types of all messages that are carried out, in order."""
    return [step.send["type"] for step in evening.steps if isinstance(step, Send) and step.refused is None]


def test_file_is_what_the_generator_writes() -> None:
    """The committed script comes from the committed generator, byte for byte."""
    program = load("make_evening.py")
    evening = program["write_evening"](program["make_world"]())
    assert FILE.read_text() == program["as_text"](evening)


def test_size_and_cast(evening: Script) -> None:
    """About 150 commands by a DM and a co-DM, before four players, one of them late, in less than an hour."""
    assert 140 <= evening.commands <= 170
    assert sorted(part.role for part in evening.cast) == ["co-dm", "dm", "player", "player", "player", "player"]
    assert sum(part.late for part in evening.cast) == 1
    assert sum(step.after for step in evening.steps if isinstance(step, Act)) < 3600


def test_all_nine_messages_occur(evening: Script) -> None:
    """No message of the protocol is left out."""
    assert set(kinds(evening)) == {
        *("session:start", "session:pause", "session:resume", "session:end"),
        *("broadcast:mode", "broadcast:publish", "staged:undo", "hex:reveal", "hex:update"),
    }


def test_two_sessions_with_prep_before_each(evening: Script) -> None:
    """Both begin after a map, an update or a staged change was prepared."""
    order = kinds(evening)
    first, second = (place for place, kind in enumerate(order) if kind == "session:start")
    assert {"hex:update", "hex:reveal", "broadcast:mode"} <= set(order[:first])
    assert isinstance(next(step for step in evening.steps if not isinstance(step, Say)), Import)
    between = order[first:second]
    assert {"hex:update", "hex:reveal"} <= set(between[between.index("session:end") :])
    assert order.count("session:end") == 2
    assert order[-1] == "session:end"


def test_people_come_and_go(evening: Script) -> None:
    """Somebody drops and returns, somebody joins late, somebody is made a DM and then leads."""
    happened = [type(step) for step in evening.steps]
    assert happened.index(Drop) < happened.index(Return)
    assert Join in happened
    promoted = happened.index(Promote)
    assert any(isinstance(step, Send) and step.who == "mira" for step in evening.steps[promoted:])


def test_reveals_for_few_and_for_one(evening: Script) -> None:
    """Some reveals are for all, some for two, and some for one player only."""
    targets = [step.send["targets"] for step in evening.steps if isinstance(step, Send) and "targets" in step.send]
    sizes = {len(one["playerIds"]) for one in targets if isinstance(one, dict)}
    assert {1, 2} <= sizes
    assert "all" in targets


def test_updates_of_what_is_seen_and_of_what_is_not(evening: Script) -> None:
    """Terrain changes under the eyes of players as well as where nobody has been."""
    revealed: set[str] = set()
    seen, hidden = 0, 0
    for step in evening.steps:
        if isinstance(step, Send):
            revealed.update(step.send.get("hexKeys", ()))
            for change in step.send.get("changes", ()):
                seen += change["key"] in revealed
                hidden += change["key"] not in revealed
    assert seen > 0
    assert hidden > 0


def test_some_commands_are_refused(evening: Script) -> None:
    """The script shows what the table says no to."""
    refused = {step.refused for step in evening.steps if isinstance(step, Send)} - {None}
    assert {"dm_only", "session_active", "session_paused", "nothing_staged", "no_such_change"} <= refused


def test_it_is_pleasant_to_read(evening: Script) -> None:
    """What happens is said in words, at least every twenty lines."""
    since_word = 0
    for step in evening.steps:
        since_word = 0 if isinstance(step, Say) else since_word + 1
        assert since_word <= 20, f"line {step.number}"
