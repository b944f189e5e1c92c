"""The newest steps of a room, out of which a client that was away is told what it missed."""

from __future__ import annotations

from collections import deque

from domain.events import ChangesPublished, ChangeStaged, HexesRevealed, HexesUpdated
from projections.room_state import Step

WINDOW_HEXES = 100_000
"""In all steps together: each hex of a step takes some hundred bytes."""


class Window:
    """`steps` are the newest `most`, and fewer when they hold very many hexes; the newest is always among them."""

    def __init__(self, most: int) -> None:
        self.steps: deque[Step] = deque()
        self._most = most
        self._hexes = 0

    def append(self, step: Step) -> None:
        """Adds the next step, and forgets what is too old."""
        self.steps.append(step)
        self._hexes += hexes_of(step)
        while len(self.steps) > self._most or (self._hexes > WINDOW_HEXES and len(self.steps) > 1):
            self._hexes -= hexes_of(self.steps.popleft())


def hexes_of(step: Step) -> int:
    """How many hexes the event is about."""
    match step.event:
        case HexesRevealed() | HexesUpdated():
            return step.event.size
        case ChangeStaged():
            return step.event.change.size
        case ChangesPublished():
            return sum(waiting.change.size for waiting in step.before.table.staged)
        case _:
            return 0
