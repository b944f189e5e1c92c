"""What the clients of several servers were told, held against each other and against the log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from tests.faults.ledger import ACCOMPANIES, Recorded


class Outcome(NamedTuple):
    """What became of a command: `what` is the id of its event, or the code of its refusal."""

    kind: Literal["executed", "refused"]
    what: str


class Answer(NamedTuple):
    """A server's, to a command that may have been sent to several of them; `at` is when it arrived, in seconds."""

    command: str
    server: int
    at: float
    outcome: Outcome


class View(NamedTuple):
    """What a server showed somebody who came to it at `asked_at`: the hexes that are revealed."""

    server: int
    asked_at: float
    hexes: frozenset[str]


@dataclass
class History:
    """Of one campaign, whichever and however many the servers; all times are by one clock."""

    answers: list[Answer] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    reveals: dict[str, str] = field(default_factory=dict)
    """The hex that each command reveals to all, if it is executed; no other command reveals it."""

    def violations(self, log: Sequence[Recorded]) -> list[str]:
        """In words; `log` is all of the campaign."""
        return [*self._two_outcomes(), *self._against(log), *self._behind()]

    def _two_outcomes(self) -> Iterator[str]:
        """One id has one outcome, at whichever server, however often it is asked for."""
        outcomes: defaultdict[str, dict[Outcome, int]] = defaultdict(dict)
        for answer in self.answers:
            outcomes[answer.command].setdefault(answer.outcome, answer.server)
        for command, found in sorted(outcomes.items()):
            if len(found) > 1:
                told = ", ".join(f"{kind} ({what}) at {server}" for (kind, what), server in found.items())
                yield f"two outcomes: {command}: {told}"

    def _against(self, log: Sequence[Recorded]) -> Iterator[str]:
        """What was told is what is recorded."""
        recorded = {event.command_id: event.event_id for event in log if event.type != ACCOMPANIES}
        for command, (kind, what) in sorted({(answer.command, answer.outcome) for answer in self.answers}):
            if kind == "executed" and recorded.get(command) != what:
                yield f"acknowledged and not recorded so: {command}"
            if kind == "refused" and command in recorded:
                yield f"refused and recorded: {command}"

    def _behind(self) -> Iterator[str]:
        """Whoever comes to any server is shown all that was acknowledged, by any server, before they asked."""
        shown = {
            self.reveals[answer.command]: answer.at
            for answer in sorted(self.answers, key=lambda answer: -answer.at)  # the first acknowledgement counts
            if answer.outcome.kind == "executed" and answer.command in self.reveals
        }
        for view in self.views:
            missing = sorted(key for key, at in shown.items() if at < view.asked_at and key not in view.hexes)
            if missing:
                yield f"behind: {view.server} did not show {missing[0]}, nor {len(missing) - 1} others"
