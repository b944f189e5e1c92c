"""A log that the rules made passes the check, whatever happened; one that they can't have made is found out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commands import AnyCommand, ImportMap, RecordArrival, RecordDeparture
from domain.event_codec import EventRow, encode
from domain.hexes import COMMAND_HEXES, MAX_HEXES, Grid
from domain.log_check import LogCheck
from domain.map_parts import MapPart
from domain.store import ImpossibleEvent, UnreadableEvent
from tests.domain.scenario import (
    ADA,
    BO,
    DM,
    END,
    IMMEDIATE,
    NOW,
    PAUSE,
    PUBLISH,
    RESUME,
    STAGED,
    START,
    message,
    reveal,
    update,
)
from tests.domain.scenario import (
    given as at_a_table,
)
from tests.projections.analytics.histories import history

TOMORROW = NOW + timedelta(days=400)
MANY = [f"{q},{r}" for q in range(COMMAND_HEXES // 100) for r in range(100)]
UNDO = message("staged:undo", index=0)


def log_of(*commands: AnyCommand, **around: Any) -> list[EventRow]:
    """What is stored when they are carried out one after the other."""
    scenario = at_a_table(*commands, **around)
    return [encode(event) for event in scenario.aggregate.pending_events]  # type: ignore[arg-type]  # only ours


def check(rows: list[EventRow]) -> None:
    """From the first to the last."""
    rules = LogCheck(TOMORROW)
    for row in rows:
        rules.take(row)
    rules.end()


@given(st.integers(0, 2**32))
def test_whatever_the_rules_made_passes(seed: int) -> None:
    """Of several campaigns each by itself."""
    events = history(Random(seed), 120)
    for campaign in {event.originator_id for event in events}:
        check([encode(event) for event in events if event.originator_id == campaign])


def part_of(file: int, number: int, *, left: int, takes_back: bool = False) -> MapPart:
    """Of the import of one of several files."""
    return MapPart(import_id=UUID(int=file), file=f"{file:064x}", number=number, left=left, takes_back=takes_back)


GRID = Grid(name="Coast", width=2, height=2, hex_size=10, orientation="flat")
LAWFUL: dict[str, list[AnyCommand]] = {
    "an evening": [START, RecordArrival(ADA), PAUSE, RecordDeparture(ADA), RESUME, END, START, END],
    "large reveals": [reveal(*MANY), STAGED, reveal(*MANY), reveal(*MANY, to=[ADA]), UNDO, PUBLISH],
    "large updates": [STAGED, message("hex:update", changes=[{"key": k, "terrain": "ice"} for k in MANY]), UNDO],
    "dropped at the end": [START, STAGED, reveal("1,1"), update(q1r1="ice"), END],
    "dropped with the mode": [STAGED, reveal("1,1"), STAGED, IMMEDIATE, IMMEDIATE],
    "only DMs named": [reveal("1,1", to=[DM]), STAGED, reveal("1,1", to=[DM])],
    "a map in parts, one of two taken back": [
        ImportMap((("1,1", "ice"),), (), GRID, part_of(1, 1, left=1)),
        ImportMap((("1,1", "sand"),), (), GRID, part_of(2, 1, left=1)),
        ImportMap((("1,2", "ice"),), (), GRID, part_of(1, 2, left=0)),
        ImportMap((), (), None, part_of(2, 1, left=1, takes_back=True)),
        ImportMap((), (), None, part_of(2, 2, left=0, takes_back=True)),
    ],
    "a map while changes are staged": [
        STAGED,
        ImportMap((("1,1", "ice"),), (("1,1", 3),), GRID),
        ImportMap((), (), GRID),
    ],
}


@pytest.mark.parametrize("story", LAWFUL)
def test_a_lawful_story(story: str) -> None:
    """Commands of several events, and such as are rare."""
    check(log_of(*LAWFUL[story], members={DM}, online=[ADA] if "evening" not in story else []))


def changed(row: EventRow, **data: Any) -> EventRow:
    """With other fields."""
    return row._replace(data=json.dumps(json.loads(row.data) | data).encode())


def without(at: int) -> Callable[[list[EventRow]], object]:
    """The log lacks an event, and its versions say nothing of it."""
    return lambda rows: rows.pop(at)


def with_other(at: int, **columns: Any) -> Callable[[list[EventRow]], object]:
    """An event has other columns."""
    return lambda rows: rows.__setitem__(at, rows[at]._replace(**columns))


def with_data(at: int, **data: Any) -> Callable[[list[EventRow]], object]:
    """An event has other fields."""
    return lambda rows: rows.__setitem__(at, changed(rows[at], **data))


def twice(at: int) -> Callable[[list[EventRow]], object]:
    """An event stands there twice, the second time under an id of its own."""
    return lambda rows: rows.insert(at, rows[at]._replace(event_id=uuid4()))


A_SESSION = [START, RecordArrival(BO), PAUSE, RESUME, STAGED, reveal("1,1", "2,2"), update(q1r1="ice"), PUBLISH]
"""The events 0 to 7, and then: """
AND_THEN = [reveal("3,3"), UNDO, reveal("4,4"), END, reveal("5,5", to=[ADA])]
"""8 and 9, 10, 11 and 12 (dropped with the end), 13 (staged, since the mode stays)."""

IMPOSSIBLE: dict[str, tuple[Callable[[list[EventRow]], object], str]] = {
    "no start": (without(0), "of session"),
    "a start without a session": (with_other(0, session_id=None), "of session None"),
    "another session": (with_other(2, session_id=uuid4()), "session_paused of session"),
    "no session": (with_other(8, session_id=None), "change_staged of session None"),
    "a session between sessions": (with_other(13, session_id=uuid4()), "while session None runs"),
    "started twice": (twice(0), "Session is already active"),
    "paused twice": (twice(2), "No active session to pause"),
    "resumed twice": (twice(3), "No paused session to resume"),
    "a number left out": (with_data(0, number=2), "number is not what the rules make it"),
    "come twice": (twice(1), "the rules make nothing happen"),
    "gone without coming": (
        lambda rows: rows.__setitem__(1, changed(rows[1]._replace(type="player_left"), player_id=DM)),
        "the rules make nothing happen",
    ),
    "published in another order": (
        lambda rows: rows.__setitem__(7, changed(rows[7], change_ids=json.loads(rows[7].data)["change_ids"][::-1])),
        "change_ids is not",
    ),
    "published what never was": (with_data(7, change_ids=[str(uuid4())]), "change_ids is not"),
    "nothing published": (with_data(7, change_ids=[]), "change_ids is not"),
    "published twice": (twice(7), "No staged changes to publish"),
    "undone twice": (twice(9), "No such staged change"),
    "undone what never was": (with_data(9, change_id=str(uuid4())), "No such staged change"),
    "ended and nothing dropped": (without(11), "session_ended: the rules make changes_discarded"),
    "dropped and not ended": (with_other(12, type="session_paused"), "the rules make session_paused"),
    "dropped twice": (twice(11), "in the middle of another command"),
    "dropped by somebody else": (with_other(11, actor=BO), "of two commands"),
    "dropped by another command": (with_other(11, command_id="c7"), "of two commands"),
    "dropped what never was": (with_data(11, change_ids=[str(uuid4())]), "change_ids is not"),
    "nothing to drop": (without(10), "changes_discarded and session_ended: the rules make session_ended"),
    "cut after the drop": (lambda rows: rows.__delitem__(slice(12, None)), "in the middle of a command"),
    "revealed while staged": (
        lambda rows: rows.__setitem__(
            8, rows[8]._replace(type="hexes_revealed", data=b'{"hex_keys": ["3,3"], "audience": "all"}')
        ),
        "hexes_revealed: the rules make change_staged",
    ),
    "staged while immediate": (without(4), "change_staged: the rules make hexes_revealed"),
    "a player who is no id": (with_data(1, player_id="not a uuid"), "names a person by something that is no id"),
    "a player in capitals": (with_data(1, player_id=str(uuid4()).upper()), "names a person by something"),
    "somebody there who is no id": (with_data(0, present=["Ada"]), "names a person by something"),
    "somebody there twice": (with_data(0, present=[ADA, ADA]), "names a person twice"),
    "there in no order": (with_data(0, present=[BO, ADA]), "present is not what the rules"),
    "shown to who is no id": (
        with_data(13, change={"kind": "reveal", "hex_keys": ["5,5"], "audience": ["\u0000"]}),
        "names a person by something",
    ),
    "done by who is no id": (with_other(3, actor="Dee"), "names a person by something"),
    "a hex twice": (
        with_data(8, change={"kind": "reveal", "hex_keys": ["3,3", "3,3"], "audience": "all"}),
        "names a hex twice",
    ),
    "no hex": (with_data(8, change={"kind": "reveal", "hex_keys": [], "audience": "all"}), "the rules make nothing"),
    "more hexes than an event has": (
        with_data(8, change={"kind": "reveal", "hex_keys": MANY[: MAX_HEXES + 1], "audience": "all"}),
        "at most 5000",
    ),
    "no command id": (with_other(3, command_id=""), "has 0 characters"),
    "a command id without an end": (with_other(3, command_id="c" * 3_000), "has 3000 characters"),
    "before all clocks": (with_other(0, recorded_at=datetime(1, 1, 1, tzinfo=UTC)), "no clock can have shown that"),
    "yet to come": (with_other(0, recorded_at=datetime(9999, 12, 31, tzinfo=UTC)), "no clock can have shown that"),
    "time runs back": (with_other(4, recorded_at=NOW - timedelta(seconds=61)), "time ran back from"),
    "a number with a fraction": (with_data(0, number=1.0), "not written as this program does"),
    "a number that is true": (with_data(0, number=True), "not written as this program does"),
    "a number as a text": (with_data(0, number="1"), "not written as this program does"),
    "an id of another form": (
        lambda rows: rows.__setitem__(9, changed(rows[9], change_id=UUID(json.loads(rows[9].data)["change_id"]).urn)),
        "not written as this program does",
    ),
    "the envelope in the fields": (with_data(2, actor=DM), "not written as this program does"),
}


@pytest.mark.parametrize("fault", IMPOSSIBLE)
def test_an_impossible_log(fault: str) -> None:
    """Each is told by a line that names the event, and nothing of what follows is looked at."""
    rows = log_of(*A_SESSION, *AND_THEN)
    check(rows)
    spoil, said = IMPOSSIBLE[fault]
    spoil(rows)
    with pytest.raises(ImpossibleEvent, match=said) as found:
        check(rows)
    assert "\n" not in str(found.value)


def test_a_large_change_is_undone_whole() -> None:
    """Each of its parts, in their order, and nothing between them."""
    rows = log_of(STAGED, reveal(*MANY), UNDO, reveal("1,1"))
    assert [row.type for row in rows[1:]] == ["change_staged"] * 2 + ["change_undone"] * 2 + ["change_staged"]
    check(rows)
    with pytest.raises(ImpossibleEvent, match="change_staged: the rules make change_undone"):
        check([*rows[:4], rows[5]])
    with pytest.raises(ImpossibleEvent, match="in the middle of a command"):
        check(rows[:4])
    with pytest.raises(ImpossibleEvent, match="change_id is not"):
        check([*rows[:3], rows[4]])


def test_a_drop_in_the_middle_of_an_undo() -> None:
    """It would be of another command."""
    rows = log_of(STAGED, reveal(*MANY), UNDO)
    discard = rows[-1]._replace(type="changes_discarded", data=b'{"change_ids": []}')
    with pytest.raises(ImpossibleEvent, match="in the middle of another command"):
        check([*rows[:-1], discard])


def test_the_parts_of_a_command_are_together() -> None:
    """An update of two events of which the second is missing, or another event, would never happen."""
    changes = [{"key": f"{n},0", "terrain": "ice"} for n in range(MAX_HEXES + 1)]
    rows = log_of(message("hex:update", changes=changes), START)
    check(rows)
    with pytest.raises(ImpossibleEvent, match="in the middle of a command"):
        check(rows[:1])
    with pytest.raises(ImpossibleEvent, match="next part is missing"):
        check([rows[0], rows[2]])
    with pytest.raises(ImpossibleEvent, match="next part is missing"):
        check([rows[0], rows[1]._replace(event_id=uuid4()), rows[2]])


def test_clocks_that_differ_a_little_are_borne_with() -> None:
    """In a log of before time stood still for them; a fraction may be left out of a number that has one."""
    rows = log_of(ImportMap((("1,1", "ice"),), (), GRID), START, PAUSE)
    rows[1] = rows[1]._replace(recorded_at=NOW - timedelta(seconds=59))
    rows[0] = changed(rows[0], grid=json.loads(rows[0].data)["grid"] | {"hex_size": 10})
    check(rows)


def test_fields_that_old_events_lack_are_not_missed() -> None:
    """Nor does an older shape have to look like today's."""
    rows = log_of(update(q1r1="ice"))
    check([rows[0]._replace(data=b'{"changes": [["1,1", "ice"]]}')])


def test_what_can_not_be_read_is_no_better() -> None:
    """An unknown kind, damaged data, data without fields."""
    (row,) = log_of(START)
    for spoilt in (row._replace(type="dragon_slain"), row._replace(data=b"{}"), row._replace(data=b"[]")):
        with pytest.raises(UnreadableEvent):
            LogCheck(TOMORROW).take(spoilt)
