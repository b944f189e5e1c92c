"""A session as one viewer experienced it: what `views` shows and tells, event by event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NotRequired

from typing_extensions import TypedDict

from domain.ids import EventId, UserId
from projections.messages import Push, SessionState
from projections.people import Member, People, Viewer
from projections.room_state import RoomState, Step
from projections.sentences import sentence, told
from projections.stretches import Moment
from projections.views import messages_for, state_for

KEYFRAME_LINES = 500
"""Of the viewer's own lines, so that the places of keyframes do not count what is hidden."""


class TimelineStart(TypedDict):
    """What the viewer knew before the first line."""

    state: SessionState
    recordedAt: datetime | None


class Keyframe(TypedDict):
    """What the viewer knew after the line before."""

    state: SessionState


class TimelineLine(TypedDict):
    """What an event told the viewer. Who did it, and as what it is logged, is for a DM."""

    eventId: EventId
    recordedAt: datetime
    sentence: str
    messages: list[Push]
    type: NotRequired[str]
    actor: NotRequired[UserId]


class Timeline:
    """Makes the lines of one viewer out of the steps after a moment, one after the other.

    Names and roles are those of today; `told` counts the lines so far, without keyframes.
    """

    def __init__(self, viewer: Viewer, members: Mapping[UserId, Member], begin: Moment, told: int = 0) -> None:
        """`told`: as many lines were made by another one up to this moment."""
        self.begin = begin
        self.told = told
        self._viewer = viewer
        self._people = People(members, frozenset())
        self._last = begin.step

    @property
    def start(self) -> TimelineStart:
        """What comes before the first line."""
        return {
            "state": state_then(self._viewer, self._people.members, self.begin),
            "recordedAt": self.begin.recorded_at,
        }

    @property
    def room(self) -> RoomState:
        """That of the last step."""
        return self.begin.room if self._last is None else self._last.after

    def lines(self, step: Step) -> list[Keyframe | TimelineLine]:
        """The line of the next step, if the viewer was told of it, and before it a keyframe when one is due."""
        messages = messages_for(self._viewer, step.event, step.before, step.after, self._people)
        lines: list[Keyframe | TimelineLine] = []
        if messages or self._viewer.role == "dm":
            if self.told and self.told % KEYFRAME_LINES == 0:
                lines.append(self._keyframe())
            lines.append(self._line(step, messages))
            self.told += 1
        self._last = step
        return lines

    def _keyframe(self) -> Keyframe:
        now = self.begin._replace(step=self._last, room=self.room)
        return {"state": state_then(self._viewer, self._people.members, now)}

    def _line(self, step: Step, messages: list[Push]) -> TimelineLine:
        event = step.event
        line: TimelineLine = {
            "eventId": event.event_id,
            "recordedAt": event.timestamp,
            "sentence": "",
            "messages": messages,
        }
        if self._viewer.role == "dm":
            line["type"] = event.TOPIC
            line["actor"] = event.actor
            line["sentence"] = sentence(step, self._people.members)
        else:
            line["sentence"] = told(messages, step.before.table.status, self._people.members)
        return line


def state_then(viewer: Viewer, members: Mapping[UserId, Member], moment: Moment) -> SessionState:
    """What the viewer knew at a moment. Who looks counts as there."""
    online = moment.stretch.here(moment.step) | {viewer.user_id}
    return state_for(viewer, moment.room, People(members, online))
