"""What the clients know of their commands and were told, and what a log has to say to that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

ACCOMPANIES = "changes_discarded"
"""Has the command id of the event that it comes before."""


class Recorded(NamedTuple):
    """An event as it stands in the log."""

    position: int
    version: int
    event_id: str
    type: str
    command_id: str | None


@dataclass
class Ledger:
    """Of one campaign. A command is in `unanswered` until it is acknowledged or refused; its sender may forget it."""

    unanswered: set[str] = field(default_factory=set)
    acknowledged: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    """The ids of the events that somebody got a message of."""

    last_asked: str = ""

    def ask(self) -> str:
        """A new command's id."""
        self.last_asked = f"c{len(self.unanswered) + len(self.acknowledged) + len(self.refused)}"
        self.unanswered.add(self.last_asked)
        return self.last_asked

    def acknowledge(self, command_id: str, event_id: str) -> None:
        """The server said that this event came of it."""
        self.unanswered.remove(command_id)
        self.acknowledged[command_id] = event_id

    def refuse(self, command_id: str) -> None:
        """The server said that nothing came of it."""
        self.unanswered.remove(command_id)
        self.refused.add(command_id)

    def violations(self, log: Sequence[Recorded]) -> list[str]:
        """In words, what the log says otherwise; `log` is all of the campaign by version."""
        times = Counter(event.command_id for event in log if event.command_id is not None and event.type != ACCOMPANIES)
        events = {event.event_id: event.command_id for event in log}
        return [
            *(f"lost: {command}" for command in sorted(self.acknowledged) if not times[command]),
            *(f"doubled: {command}" for command in sorted(times) if times[command] > 1),
            *(f"refused and recorded: {command}" for command in sorted(self.refused) if times[command]),
            *(f"of nobody: {command}" for command in sorted(times.keys() - self._all())),
            *(
                f"acknowledged as another event: {command}"
                for command, event_id in sorted(self.acknowledged.items())
                if times[command] and events.get(event_id) != command
            ),
            *(f"told and not recorded: {event_id}" for event_id in sorted(self.told - events.keys())),
            *_out_of_order(log),
        ]

    def _all(self) -> set[str]:
        return {*self.unanswered, *self.acknowledged, *self.refused}


def _out_of_order(log: Sequence[Recorded]) -> list[str]:
    """`log` is in the order of versions: these have no gaps, and the order of commits is the same."""
    wrong = [event for number, event in enumerate(log, 1) if event.version != number]
    wrong += [later for earlier, later in pairwise(log) if later.position <= earlier.position]
    return [f"out of order: {wrong[0]}"] if wrong else []
