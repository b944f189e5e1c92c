"""The sessions of a campaign in figures, as one viewer may know them: folded from the messages that viewer got."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from typing_extensions import TypedDict

from domain.events import PlayerJoined, SessionStarted
from domain.hexes import HexKey
from domain.ids import UserId
from domain.table import Status
from projections.people import Member, People, Viewer
from projections.room_state import RoomState, Step
from projections.stretches import Stretch
from projections.views import messages_for, state_for


class WireSession(TypedDict):
    """A session with the preparation before it; the last one may not have begun, and then has no id and no start.

    `events` counts those the viewer was told of, `hexesRevealed` those hexes the viewer first saw revealed then.
    """

    sessionId: str | None
    number: int
    status: Status
    startedAt: datetime | None
    endedAt: datetime | None
    activeSeconds: float
    pausedSeconds: float
    events: int
    players: list[UserId]
    hexesRevealed: int


@dataclass(slots=True)
class _Figures:
    events: int = 0
    hexes: int = 0
    players: set[UserId] = field(default_factory=set)


class SessionList:
    """Takes in what happened after `room`, the first that the viewer may know of, and can go on later."""

    def __init__(self, viewer: Viewer, room: RoomState) -> None:
        self.room = room
        self._viewer = viewer
        self._people = People({}, frozenset())
        self._known: set[HexKey] = set(state_for(viewer, room, self._people)["revealedHexes"])
        self._after = room.version
        self._told = bytearray()
        self._figures: defaultdict[int, _Figures] = defaultdict(_Figures)

    def take(self, step: Step, number: int) -> None:
        """The next step, which belongs to that session."""
        event, self.room = step.event, step.after
        messages = messages_for(self._viewer, event, step.before, step.after, self._people)
        self._told.append(bool(messages))
        figures = self._figures[number]
        # Before the rest: nobody is told of the own arrival, and everybody of the others'.
        if isinstance(event, SessionStarted):
            figures.players.update(event.present)
        elif isinstance(event, PlayerJoined):
            figures.players.add(event.player_id)
        if not messages and self._viewer.role != "dm":
            return
        figures.events += 1
        for message in messages:
            if message["type"] == "hex:revealed":
                known = len(self._known)
                self._known.update(message["hexKeys"])
                figures.hexes += len(self._known) - known

    def was_told(self, version: int) -> bool:
        """Whether the viewer was told of the event of that version. What it costs does not depend on the event."""
        place = version - self._after - 1
        return 0 <= place < len(self._told) and bool(self._told[place])

    def sessions(self, stretches: Iterable[Stretch], members: Mapping[UserId, Member]) -> list[WireSession]:
        """Those in which the viewer was told of anything."""
        return [
            _session(stretch, self._figures[stretch.number], members)
            for stretch in stretches
            if self._figures[stretch.number].events
        ]


def _session(stretch: Stretch, figures: _Figures, members: Mapping[UserId, Member]) -> WireSession:
    # In the order of joining, and last those who are members no more: a set has no order of its own.
    there = [user for user in members if user in figures.players and members[user].role == "player"]
    gone = sorted(user for user in figures.players if user not in members)
    return {
        "sessionId": str(stretch.session_id) if stretch.session_id else None,
        "number": stretch.number,
        "status": stretch.status,
        "startedAt": stretch.started_at,
        "endedAt": stretch.ended_at,
        "activeSeconds": round(stretch.active_seconds, 3),
        "pausedSeconds": round(stretch.paused_seconds, 3),
        "events": figures.events,
        "players": there + gone,
        "hexesRevealed": figures.hexes,
    }
