"""When a session may start, pause, resume and end."""

from __future__ import annotations

import pytest

from domain.commands import AnyCommand, RecordArrival, RecordDeparture
from tests.domain.scenario import ADA, BO, END, PAUSE, RESUME, STAGED, START, given, reveal

WAITING: tuple[AnyCommand, ...] = ()
ACTIVE = (START,)
PAUSED = (START, PAUSE)
RESUMED = (START, PAUSE, RESUME)
ENDED = (START, END)


@pytest.mark.parametrize("past", [WAITING, ENDED])
def test_a_session_starts_from_waiting_and_from_ended(past: tuple[AnyCommand, ...]) -> None:
    """A new session can start whenever none is live."""
    given(*past).when(START).then("session_started")


@pytest.mark.parametrize(
    ("past", "command", "code", "message"),
    [
        (ACTIVE, START, "session_active", "Session is already active"),
        (RESUMED, START, "session_active", "Session is already active"),
        (PAUSED, START, "session_paused", "Session is paused: resume or end it"),
        (WAITING, PAUSE, "not_active", "No active session to pause"),
        (PAUSED, PAUSE, "not_active", "No active session to pause"),
        (ENDED, PAUSE, "not_active", "No active session to pause"),
        (WAITING, RESUME, "not_paused", "No paused session to resume"),
        (ACTIVE, RESUME, "not_paused", "No paused session to resume"),
        (ENDED, RESUME, "not_paused", "No paused session to resume"),
        (WAITING, END, "no_session", "No active or paused session to end"),
        (ENDED, END, "no_session", "No active or paused session to end"),
    ],
)
def test_wrong_moments_are_refused(past: tuple[AnyCommand, ...], command: AnyCommand, code: str, message: str) -> None:
    """Each step is refused from every other status, with its own words, and changes nothing."""
    table = given(*past)
    before = table.aggregate.table
    table.when(command).refused(code, message)
    assert table.aggregate.table == before


def test_pause_resume_and_end_follow_each_other() -> None:
    """A session can be paused and resumed, and ends from both."""
    given(*ACTIVE).when(PAUSE).then("session_paused")
    given(*PAUSED).when(RESUME).then("session_resumed")
    given(*ACTIVE).when(END).then("session_ended")
    given(*PAUSED).when(END).then("session_ended")


def test_sessions_are_numbered_and_have_their_own_id() -> None:
    """The second session has number 2 and another id than the first."""
    (first,) = given().when(START).then(("session_started", {"number": 1, "present": ()}))
    (second,) = given(START, END).when(START).then(("session_started", {"number": 2, "present": ()}))
    assert first.session_id != second.session_id


def test_events_carry_the_session_they_belong_to() -> None:
    """What happens in a session has its id, what happens between sessions has none."""
    (started,) = given().when(START).then("session_started")
    (revealed,) = given(START).when(reveal("1,1")).then("hexes_revealed")
    (ended,) = given(START).when(END).then("session_ended")
    assert started.session_id == revealed.session_id == ended.session_id
    (prepared,) = given(START, END).when(reveal("1,1")).then("hexes_revealed")
    assert prepared.session_id is None


def test_ending_discards_what_is_staged_within_the_session() -> None:
    """Staged changes do not outlive their session in silence: the log says that they were dropped."""
    discarded, ended = given(START, STAGED, reveal("1,1")).when(END).then("changes_discarded", "session_ended")
    assert discarded.session_id == ended.session_id is not None


def test_a_session_starts_with_those_who_are_here() -> None:
    """Who is connected at the start is on record, so that nobody has to join a second time."""
    table = given(online=[BO, ADA])
    table.when(START).then(("session_started", {"number": 1, "present": (ADA, BO)}))
    table.when(RecordArrival(ADA)).then()


def test_arrivals_and_departures_are_recorded_while_a_session_is_live() -> None:
    """Paused or not, a live session's log tells who came and went; between sessions it does not."""
    given(START).when(RecordArrival(ADA)).then(("player_joined", {"player_id": ADA}))
    given(START, PAUSE).when(RecordArrival(ADA)).then("player_joined")
    given().when(RecordArrival(ADA)).then()
    given(START, END).when(RecordArrival(ADA)).then()
    given(START, RecordArrival(ADA)).when(RecordDeparture(ADA)).then(("player_left", {"player_id": ADA}))
    given(START, RecordArrival(ADA), END).when(RecordDeparture(ADA)).then()


def test_what_a_table_is_after_each_event() -> None:
    """Status and who is here, as the log has them; after the end nobody is."""
    table = given(START, RecordArrival(ADA), RecordArrival(BO), RecordDeparture(ADA)).aggregate.table
    assert (table.status, table.present) == ("active", frozenset({BO}))
    table = given(START, RecordArrival(BO), PAUSE).aggregate.table
    assert (table.status, table.present) == ("paused", frozenset({BO}))
    table = given(START, RecordArrival(BO), END).aggregate.table
    assert (table.status, table.present, table.session_id) == ("ended", frozenset(), None)


def test_nobody_arrives_or_leaves_twice() -> None:
    """The log holds stays: a second arrival, a departure of somebody absent or still here is nothing."""
    given(START, RecordArrival(ADA)).when(RecordArrival(ADA)).then()
    given(START).when(RecordDeparture(ADA)).then()
    given(START, online=[ADA]).when(RecordDeparture(ADA)).then()
