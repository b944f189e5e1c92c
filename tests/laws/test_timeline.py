"""The laws of looking back: what a timeline tells adds up, for everybody, at every event and across keyframes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import projections.timeline
from projections.messages import Push
from projections.people import Viewer
from projections.room_state import RoomState
from projections.session_list import SessionList
from projections.stretches import Moment
from projections.timeline import Timeline, state_then
from projections.viewer_state import ViewerState
from projections.views import ANY_DM, messages_for
from tests.laws.evenings import MEMBERS, PEOPLE, VIEWERS, Evening, beginning, evenings, steps_of, stretches_of

EYES = (*VIEWERS, ANY_DM)
every_eyes = pytest.mark.parametrize("viewer", EYES, ids=[eyes.user_id[-1:] or "any DM" for eyes in EYES])


def messages_of(line: Any) -> list[Push]:
    """None for a keyframe."""
    return line.get("messages", [])  # type: ignore[no-any-return]


@every_eyes
@given(evening=evenings(max_commands=40), spacing=st.integers(1, 5))
def test_a_timeline_adds_up(viewer: Viewer, evening: Evening, spacing: int) -> None:
    """Folded from its start or from any keyframe, it gives at every event the state of then."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projections.timeline, "KEYFRAME_LINES", spacing)
        for stretch in stretches_of(evening):
            timeline = Timeline(viewer, MEMBERS, beginning(evening, stretch))
            folds = [ViewerState.of(timeline.start["state"])]
            for step in steps_of(evening, stretch):
                for line in timeline.lines(step):
                    if "state" in line:
                        folds.append(ViewerState.of(line["state"]))  # type: ignore[typeddict-item]
                    for message in messages_of(line):
                        for fold in folds:
                            fold.apply(message)
                then = state_then(viewer, MEMBERS, Moment(stretch, step, step.after, None))
                for fold in folds:
                    assert fold == ViewerState.of(then)
            assert len(folds) == 1 + max(0, timeline.told - 1) // spacing


@every_eyes
@given(evening=evenings(max_commands=40), data=st.data())
def test_a_timeline_can_begin_anywhere(viewer: Viewer, evening: Evening, data: st.DataObject) -> None:
    """From a moment on it tells what the whole one tells from there on."""
    stretch = data.draw(st.sampled_from(stretches_of(evening)))
    steps = steps_of(evening, stretch)
    whole = Timeline(viewer, MEMBERS, beginning(evening, stretch))
    split = data.draw(st.integers(0, len(steps)))
    begin = steps[split - 1] if split else None
    at = Moment(stretch, begin, begin.after, None) if begin else beginning(evening, stretch)
    part = Timeline(viewer, MEMBERS, at)
    lines = [whole.lines(step) for step in steps]
    assert [part.lines(step) for step in steps[split:]] == lines[split:]


@every_eyes
@given(evening=evenings(max_commands=40))
def test_a_timeline_tells_what_the_sockets_told(viewer: Viewer, evening: Evening) -> None:
    """Event by event the messages of the live table, and no line where there was none, but for a DM."""
    for stretch in stretches_of(evening):
        timeline = Timeline(viewer, MEMBERS, beginning(evening, stretch))
        for step in steps_of(evening, stretch):
            lines = timeline.lines(step)
            messages = messages_for(viewer, step.event, step.before, step.after, PEOPLE)
            assert len(lines) == (1 if messages or viewer.role == "dm" else 0)
            for line in lines:
                assert messages_of(line) == messages
                assert line.get("eventId") == step.event.event_id
                assert line.get("sentence")
                assert ("type" in line) == ("actor" in line) == (viewer.role == "dm")


@given(evenings(max_commands=40))
def test_every_event_is_in_one_stretch(evening: Evening) -> None:
    """Sessions follow each other without a gap, each ends where the next begins, and all but the last have ended."""
    found = stretches_of(evening)
    for n in range(1, len(evening.events) + 1):
        assert sum(stretch.covers(n) for stretch in found) == 1
    assert [stretch.number for stretch in found] == list(range(1, len(found) + 1))
    assert [stretch.status == "ended" for stretch in found] == [True] * (len(found) - 1) + [False]
    assert found[-1].status in ("waiting", evening.room.table.status)


@every_eyes
@given(evening=evenings(max_commands=40))
def test_figures_count_what_the_viewer_was_told(viewer: Viewer, evening: Evening) -> None:
    """The events of a session are the lines of its timeline, and its hexes are those that were not known before."""
    found = stretches_of(evening)
    figures = SessionList(viewer, RoomState())
    known: set[str] = set()
    expected = {}
    for stretch in found:
        timeline, new = Timeline(viewer, MEMBERS, beginning(evening, stretch)), set[str]()
        for step in steps_of(evening, stretch):
            figures.take(step, stretch.number)
            for line in timeline.lines(step):
                new |= {key for m in messages_of(line) if m["type"] == "hex:revealed" for key in m["hexKeys"]} - known
        known |= new
        if timeline.told:
            expected[stretch.number] = (timeline.told, len(new))
    sessions = figures.sessions(found, MEMBERS)
    assert {one["number"]: (one["events"], one["hexesRevealed"]) for one in sessions} == expected
