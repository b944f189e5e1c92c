"""What has been tried, in a line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from typing_extensions import override

from tests.faults.evening import Evening
from tests.faults.faults import Fault
from tests.faults.prober import Prober


@dataclass
class Figures:
    """Of one test; `faults` by name."""

    seed: int
    faults: Counter[str] = field(default_factory=Counter)
    commands: Counter[str] = field(default_factory=Counter)

    def count(self, fault: Fault) -> None:
        """Another round is over, and nothing was found."""
        self.faults[fault.__name__] += 1

    def add(self, evening: Evening) -> None:
        """What its ledger has in the end."""
        ledger = evening.ledger
        self.commands["acknowledged"] += len(ledger.acknowledged)
        self.commands["refused"] += len(ledger.refused)
        self.commands["unanswered"] += len(ledger.unanswered)
        self.commands["told"] += len(ledger.told)

    def probed(self, prober: Prober) -> None:
        """What was asked of several servers, and what they showed to those who came."""
        history = prober.history
        self.commands["answers to commands sent to several servers"] += len(history.answers)
        self.commands["views"] += len(history.views)

    @override
    def __str__(self) -> str:
        faults = ", ".join(f"{name} {times}" for name, times in sorted(self.faults.items()))
        commands = ", ".join(f"{times} {name}" for name, times in self.commands.items())
        return f"seed {self.seed}; {self.faults.total()} rounds ({faults}); {commands}"
