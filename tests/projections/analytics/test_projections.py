"""What the tables of the analysts hold, against the rooms that the same events make."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.events import Event, SessionEnded
from projections.analytics import PROJECTIONS, Known, Logged
from projections.room_state import RoomState, fold
from projections.stretches import stretches
from tests.domain.scenario import NOW
from tests.projections.analytics.histories import history
from tests.projections.analytics.tables import Tables

seeds = st.integers(0, 2**32)


def logged(events: list[Event]) -> list[Logged]:
    """At places with gaps, as the log has them."""
    return [Logged(2 * n + 1, event) for n, event in enumerate(events)]


def whole(events: list[Event]) -> Tables:
    """All in one batch."""
    tables = Tables()
    tables.take(logged(events))
    return tables


def rooms(events: list[Event]) -> dict[object, RoomState]:
    """By campaign, at the end."""
    found: dict[object, RoomState] = {}
    for event in events:
        found[event.originator_id] = fold(found.get(event.originator_id, RoomState()), event)
    return found


@given(seeds, st.lists(st.integers(1, 40), max_size=10))
def test_the_size_of_batches_makes_no_difference(seed: int, sizes: list[int]) -> None:
    """Event by event, in one go, or anything between: the rows are the same."""
    events = history(Random(seed), 80)
    parts, at = Tables(), 0
    for size in [*sizes, len(events)]:
        parts.take(logged(events)[at : at + size])
        at += size
    assert parts.rows == whole(events).rows


@given(seeds)
def test_the_tables_say_what_the_rooms_say(seed: int) -> None:
    """Who knows which hex, what it is, what is staged, who is there and how the session stands."""
    events = history(Random(seed), 120)
    tables = whole(events).rows
    for campaign, room in rooms(events).items():
        mine = {name: [row for row in rows.values() if row["campaign_id"] == campaign] for name, rows in tables.items()}
        known: dict[str, set[str]] = {}
        for row in mine["reveal"]:
            known.setdefault(row["hex"], set()).add(row["audience"])
        assert {key: None if "all" in to else frozenset(to) for key, to in known.items()} == dict(room.knowers)
        assert {row["hex"]: row["terrain"] for row in mine["terrain"]} == dict(room.terrain)
        pending = {row["change_id"] for row in mine["staged_change"] if row["outcome"] == "pending"}
        assert pending == {change.id for change in room.table.staged}
        there = {row["player_id"] for row in mine["attendance"] if row["left_at"] is None}
        assert there == room.table.present
        running = [row["status"] for row in mine["session"] if row["ended_at"] is None]
        assert running == ([room.table.status] if room.table.is_live else [])
        assert len(mine["session"]) == room.table.sessions


@given(seeds)
def test_sessions_last_as_long_as_replay_says(seed: int) -> None:
    """The seconds and the versions are those of the stretches."""
    events = history(Random(seed), 80, campaigns=1)
    ended = [event for event in events if isinstance(event, SessionEnded)]
    told = [stretch for stretch in stretches([e for e in events if "session_" in e.TOPIC], NOW) if stretch.ended_at]
    rows = [row for row in whole(events).rows["session"].values() if row["ended_at"]]
    assert len(rows) == len(told) == len(ended)
    for row, stretch in zip(rows, told, strict=True):
        assert (row["number"], row["started_at"], row["ended_at"]) == (
            stretch.number,
            stretch.started_at,
            stretch.ended_at,
        )
        assert (row["active_seconds"], row["paused_seconds"]) == (stretch.active_seconds, stretch.paused_seconds)
        assert (row["first_version"], row["last_version"]) == (stretch.started, stretch.up_to)


@given(seeds)
def test_nothing_ends_before_it_begins(seed: int) -> None:
    """Also where the log was written by servers whose clocks differed: each event seems to come before the last one."""
    events = history(Random(seed), 120, campaigns=1)
    backwards = [event.model_copy(update={"timestamp": NOW - timedelta(hours=n)}) for n, event in enumerate(events)]
    rows = whole(backwards).rows
    spans = [
        (row[begin], row[end])
        for name, begin, end in (
            ("staged_change", "staged_at", "settled_at"),
            ("attendance", "came_at", "left_at"),
            ("session", "started_at", "ended_at"),
        )
        for row in rows[name].values()
        if row[end] is not None
    ]
    assert all(begin <= end for begin, end in spans)
    lengths = [row[f"{what}_seconds"] for row in rows["session"].values() for what in ("active", "paused")]
    assert all(seconds == 0 for seconds in lengths)


@given(seeds)
def test_the_first_reveal_stays(seed: int) -> None:
    """Each row names the event in which the audience saw the hex for the first time, and when."""
    events = history(Random(seed), 80)
    positions = {one.position: one.event for one in logged(events)}
    for row in whole(events).rows["reveal"].values():
        event = positions[row["position"]]
        assert (row["event_id"], row["revealed_at"]) == (event.event_id, event.timestamp)
        assert (row["change_id"] is None) == (event.TOPIC == "hexes_revealed")
        assert row["session_id"] == event.session_id
        earlier = whole([one.event for one in logged(events) if one.position < row["position"]]).rows["reveal"]
        assert (row["campaign_id"], row["hex"], row["audience"]) not in earlier


def test_what_is_missing_is_named() -> None:
    """A staged change that can't be found, a session that never began."""
    events = history(Random(4), 400, campaigns=1)
    staged = next(one for one in PROJECTIONS if one.name == "staged_change")
    with pytest.raises(LookupError, match=r"the staged change .* is missing"):
        list(staged.fold([one for one in logged(events) if one.event.TOPIC == "changes_published"], Known()))
    session = next(one for one in PROJECTIONS if one.name == "session")
    with pytest.raises(LookupError, match="no session of the campaign runs"):
        session.fold([one for one in logged(events) if one.event.TOPIC == "session_paused"], Known())
