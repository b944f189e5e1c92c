"""What everybody is told of events that are told in one moment, worked out before that moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from domain.events import Event
from domain.ids import UserId
from projections.people import People, Viewer
from projections.room_state import RoomState, Step, fold
from transport.rooms.told import Telling, Told, tell_of, with_more


class Part(NamedTuple):
    """One of the events."""

    step: Step
    telling: Telling


def worked_out(event: Event, before: RoomState, people: People, players: frozenset[UserId]) -> Part:
    """Pure, and takes long for a large event."""
    step = Step(event, before, fold(before, event))
    return Part(step, tell_of(step, people, players))


class ToldTogether:
    """What one view is told of all the events; views that are told the same have it in common."""

    __slots__ = ("_frames", "told")

    def __init__(self, told: Sequence[Told]) -> None:
        self.told = told
        self._frames: bytes | None = None

    @property
    def frames(self) -> bytes:
        """As they are written, in one go."""
        if self._frames is None:
            self._frames = b"".join(one.frames for one in self.told)
        return self._frames

    def put_together(self) -> None:
        """So that the frames are there when they are asked for. Those of views of which nobody is here never are."""
        _ = self.frames


class ToldRun:
    """Parts of one import that are told together, or a single event. Made and changed in a thread, it takes long."""

    def __init__(self, events: Iterable[Event], before: RoomState, people: People, players: frozenset[UserId]) -> None:
        """`players` are those of whom it is asked what they are told, connected or not."""
        self.parts: list[Part] = []
        for event in events:
            self.parts.append(part := worked_out(event, before, people, players))
            before = part.step.after
        self._common: dict[tuple[int, ...], ToldTogether] = {}
        self._dms = self._together(part.telling.dms for part in self.parts)
        self._players = self._together(part.telling.players for part in self.parts)
        self._apart: dict[UserId, ToldTogether] = {}
        self._take_apart()

    def to(self, view: Viewer) -> ToldTogether:
        """What those are told for whom `view_key` says this viewer."""
        return self._dms if view.role == "dm" else self._apart.get(view.user_id, self._players)

    def add(self, people: People, players: frozenset[UserId]) -> None:
        """These are players by now, too."""
        self.parts = [Part(step, with_more(telling, step, people, players)) for step, telling in self.parts]
        self._take_apart()

    def _take_apart(self) -> None:
        for user in frozenset[UserId]().union(*(part.telling.apart for part in self.parts)) - self._apart.keys():
            view = Viewer(user, "player")
            self._apart[user] = self._together(part.telling.to(view) for part in self.parts)

    def _together(self, told: Iterable[Told | None]) -> ToldTogether:
        of_view = [one for one in told if one is not None]
        # Views that are the same share what they are told.
        return self._common.setdefault(tuple(map(id, of_view)), ToldTogether(of_view))
