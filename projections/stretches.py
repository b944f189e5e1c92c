"""The sessions of a campaign, each with the preparation before it, found by the events that begin and end them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from domain.events import Event, SessionEnded, SessionPaused, SessionResumed, SessionStarted
from domain.ids import SessionId, UserId
from domain.table import Status
from projections.room_state import RoomState, Step


@dataclass(slots=True)
class Stretch:
    """Part of a stream: from after version `after`, where the session before ended at `since`, to the end of its own.

    `up_to` is None as long as that has not come. `present` were there when it began, and so count as there in the
    preparation before it: of who comes and goes between two sessions the log knows nothing.
    """

    number: int
    after: int = 0
    since: datetime | None = None
    up_to: int | None = None
    session_id: SessionId | None = None
    status: Status = "waiting"
    started: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    active_seconds: float = 0.0
    paused_seconds: float = 0.0
    present: frozenset[UserId] = frozenset()

    def covers(self, version: int) -> bool:
        """Whether the event of that version is in it."""
        return self.after < version and (self.up_to is None or version <= self.up_to)

    def here(self, step: Step | None) -> frozenset[UserId]:
        """Who was at the table after a step of it, or at its very beginning. Its end sends nobody away."""
        if step is None or self.started is None or step.event.originator_version < self.started:
            return self.present
        return (step.before if isinstance(step.event, SessionEnded) else step.after).table.present

    def last(self, head: int) -> int:
        """The version of its newest event, that of the whole stream being `head`."""
        return head if self.up_to is None else self.up_to


class Moment(NamedTuple):
    """A place in a session's stretch: `step` led to the room, unless it is the very beginning of the stretch.

    The room was like that since `recorded_at`, None before anything happened.
    """

    stretch: Stretch
    step: Step | None
    room: RoomState
    recorded_at: datetime | None


def stretches(lifecycle: Iterable[Event], now: datetime) -> list[Stretch]:
    """All of them, the last of which has not ended. A session that runs lasts until now."""
    found = [Stretch(1)]
    since = now
    for event in lifecycle:
        stretch = found[-1]
        _add_time(stretch, since, event.timestamp)
        since = event.timestamp
        match event:
            case SessionStarted():
                stretch.session_id, stretch.status = event.session_id, "active"
                stretch.started, stretch.started_at = event.originator_version, event.timestamp
                stretch.present = frozenset(event.present)
            case SessionPaused():
                stretch.status = "paused"
            case SessionResumed():
                stretch.status = "active"
            case SessionEnded():
                stretch.status = "ended"
                stretch.up_to, stretch.ended_at = event.originator_version, event.timestamp
                found.append(Stretch(stretch.number + 1, event.originator_version, event.timestamp))
            case _:
                raise ValueError(f"{event.TOPIC} is nothing that a session goes through")
    _add_time(found[-1], since, now)
    return found


def _add_time(stretch: Stretch, since: datetime, until: datetime) -> None:
    # Of two servers' clocks, for "now" is ours, and in an old log times may run backwards.
    seconds = max(0.0, (until - since).total_seconds())
    if stretch.status == "active":
        stretch.active_seconds += seconds
    elif stretch.status == "paused":
        stretch.paused_seconds += seconds
