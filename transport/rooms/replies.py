"""The replies to the commands that a room carries out now: each gets one, in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from domain.store import EngineError
from transport.rooms.command import Outcome, PendingCommand, answer


class Replies:
    """Of one room."""

    def __init__(self) -> None:
        self._unanswered: deque[PendingCommand] = deque()
        self._stored: deque[Outcome] = deque()

    def begin(self, batch: Iterable[PendingCommand]) -> None:
        """These are carried out from now on."""
        self._unanswered.extend(batch)

    def stored(self, outcomes: Iterable[Outcome]) -> None:
        """What became of the first of them; they are replied to when everybody was told."""
        self._stored.extend(outcomes)

    def give_stored(self) -> None:
        """The next one, to the command whose events everybody was told."""
        self.give(self._stored.popleft())

    def give(self, outcome: Outcome) -> None:
        """To the next command."""
        answer(self._unanswered.popleft(), outcome)

    def give_up(self, error: EngineError) -> None:
        """To all that are left. What was stored is stored, though not everybody could be told."""
        while self._unanswered:
            self.give(self._stored.popleft() if self._stored else error)
