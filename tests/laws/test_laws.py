"""The laws that hold the engine together, for every history that Hypothesis can think of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from domain.table import Table, evolve
from projections import snapshots
from projections.messages import Push
from projections.people import Viewer
from projections.room_state import RoomState, replay
from projections.viewer_state import ViewerState
from projections.views import (
    changes_only_the_queue,
    map_for,
    messages_for,
    staged_for,
    state_for,
    view_key,
)
from tests.laws.evenings import PEOPLE, VIEWERS, Evening, commands, evenings

every_viewer = pytest.mark.parametrize("viewer", VIEWERS, ids=[viewer.user_id[-1] for viewer in VIEWERS])


def told(evening: Evening, viewer: Viewer, after: int = 0) -> list[list[Push]]:
    """What the viewer was told of each event from the `after`-th on."""
    return [
        messages_for(viewer, evening.events[n], evening.rooms[n], evening.rooms[n + 1], PEOPLE)
        for n in range(after, len(evening.events))
    ]


@given(evenings())
def test_1_replaying_the_log_gives_the_live_state(evening: Evening) -> None:
    """Law 1: a fold of the log is the live room, on both sides."""
    assert replay(evening.events) == evening.room
    table = Table()
    for event in evening.events:
        table = evolve(table, event)
    assert table == evening.aggregate.table == evening.room.table


@given(evenings())
def test_2_positions_have_no_gaps(evening: Evening) -> None:
    """Law 2: the versions of a stream are 1..n, and the room knows how far it is."""
    assert [event.originator_version for event in evening.events] == list(range(1, len(evening.events) + 1))
    assert evening.room.version == evening.aggregate.version == len(evening.events)


@given(evenings(), commands)
def test_3_folding_never_fails(evening: Evening, command: object) -> None:
    """Law 3: whatever the aggregate emits next can be folded, viewed and kept by everybody."""
    evening.give(command)  # type: ignore[arg-type]
    for viewer in VIEWERS:
        told(evening, viewer)
        assert to_json(state_for(viewer, evening.room, PEOPLE))
    assert snapshots.decode(snapshots.encode(evening.room)) == evening.room


@every_viewer
@given(evening=evenings(), data=st.data())
def test_4_messages_add_up_to_the_state(viewer: Viewer, evening: Evening, data: st.DataObject) -> None:
    """Law 4: from any moment on, folding what one is told gives what one would be shown afresh."""
    split = data.draw(st.integers(0, len(evening.events)))
    state = ViewerState.of(state_for(viewer, evening.rooms[split], PEOPLE))
    for n, messages in enumerate(told(evening, viewer, after=split), start=split + 1):
        for message in messages:
            state.apply(message)
        state.people = ViewerState.of(state_for(viewer, evening.rooms[n], PEOPLE)).people
        assert state == ViewerState.of(state_for(viewer, evening.rooms[n], PEOPLE))


@given(evenings(), st.sampled_from(VIEWERS))
def test_who_has_the_same_eyes_sees_the_same(evening: Evening, viewer: Viewer) -> None:
    """One encoding serves a group only if each of the group would get just that."""
    for n, event in enumerate(evening.events):
        before, after = evening.rooms[n], evening.rooms[n + 1]
        shared = messages_for(view_key(viewer, after), event, before, after, PEOPLE)
        own = messages_for(viewer, event, before, after, PEOPLE)
        is_about = getattr(event, "player_id", None) == viewer.user_id
        assert own == ([] if is_about else shared)
        assert state_for(view_key(viewer, after), after, PEOPLE) == state_for(viewer, after, PEOPLE)


@given(evenings(), st.sampled_from(VIEWERS))
def test_who_is_told_nothing_sees_what_was_seen_before(evening: Evening, viewer: Viewer) -> None:
    """So that a state that was made for somebody stays good until they are told something."""
    for n, event in enumerate(evening.events):
        before, after = evening.rooms[n], evening.rooms[n + 1]
        view = view_key(viewer, before)
        if not messages_for(view, event, before, after, PEOPLE):
            assert state_for(view, after, PEOPLE) == state_for(view, before, PEOPLE)


@given(evenings(), st.sampled_from(VIEWERS))
def test_a_queue_change_tells_the_queue_and_nothing_else(evening: Evening, viewer: Viewer) -> None:
    """Of several such events the list after the last one is enough."""
    for n, event in enumerate(evening.events):
        if changes_only_the_queue(event):
            after = evening.rooms[n + 1]
            messages = messages_for(viewer, event, evening.rooms[n], after, PEOPLE)
            assert messages == staged_for(viewer, after, PEOPLE, str(event.event_id))


@given(evenings(), commands)
def test_7_a_refused_command_changes_nothing(evening: Evening, command: object) -> None:
    """Law 7: after a refusal the aggregate is what it was, and nothing waits to be stored."""
    before = (evening.aggregate.table, evening.aggregate.version, list(evening.aggregate.pending_events))
    if evening.give(command) is not None:  # type: ignore[arg-type]
        assert before == (
            evening.aggregate.table,
            evening.aggregate.version,
            list(evening.aggregate.pending_events),
        )


@given(evenings(), st.sampled_from(VIEWERS))
def test_the_map_shows_what_the_state_shows(evening: Evening, viewer: Viewer) -> None:
    """The exported map and the session's state are two forms of the same knowledge."""
    shown = map_for(viewer, evening.room, "A campaign")["hexes"]
    state = state_for(viewer, evening.room, PEOPLE)
    assert [{"key": h["key"], "terrain": h["terrain"]} for h in shown] == state["terrain"]


@given(st.lists(commands, max_size=20))
def test_replay_from_a_snapshot_is_replay_from_the_start(given_commands: list[object]) -> None:
    """A snapshot at any moment, and the events since, give the same room."""
    evening = Evening()
    for command in given_commands:
        evening.give(command)  # type: ignore[arg-type]
    for n, room in enumerate(evening.rooms):
        kept = snapshots.decode(snapshots.encode(room))
        assert replay(evening.events[n:], kept) == evening.room
    assert replay([], None) == RoomState()
