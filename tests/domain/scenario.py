"""Rules read as given(what happened).when(a command).then(what happens), with no storage in sight."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.aggregate import CommandMetadata, SessionAggregate
from domain.commands import AnyCommand, client_message
from domain.decide import CommandContext
from domain.events import ENVELOPE, Event
from domain.ids import CampaignId, CommandId, UserId
from domain.refusals import Refused

NOW = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
DM, ADA, BO, CY = (UserId(f"00000000-0000-4000-8000-00000000000{n}") for n in (1, 2, 3, 4))
CAMPAIGN = CampaignId(UUID(int=7))


def message(type_: str, **fields: Any) -> AnyCommand:
    """A client's message as a command."""
    return client_message.validate_python({"type": type_, **fields})


START, PAUSE, RESUME, END = (message(f"session:{verb}") for verb in ("start", "pause", "resume", "end"))
STAGED, IMMEDIATE = (message("broadcast:mode", mode=mode) for mode in ("staged", "immediate"))
PUBLISH = message("broadcast:publish")


def reveal(*keys: str, to: Any = "all") -> AnyCommand:
    """`to` is "all" or a list of player ids."""
    return message("hex:reveal", hexKeys=list(keys), targets=to if to == "all" else {"playerIds": list(to)})


def update(**terrain: str) -> AnyCommand:
    """Keys as q1r2 for "1,2"."""
    changes = [{"key": key[1:].replace("r", ","), "terrain": kind} for key, kind in terrain.items()]
    return message("hex:update", changes=changes)


def ids() -> Iterator[UUID]:
    """1, 2, 3 ... as UUIDs: the ids of a scenario can be foretold."""
    number = 0
    while True:
        number += 1
        yield UUID(int=number)


@dataclass
class Scenario:
    """A table to which commands have happened."""

    aggregate: SessionAggregate = field(default_factory=lambda: SessionAggregate.at(CAMPAIGN))
    context: CommandContext = field(default_factory=lambda: CommandContext(players={ADA, BO, CY}, max_staged=3))
    new_ids: Iterator[UUID] = field(default_factory=ids)
    command_id: CommandId | None = None
    outcome: list[Event] | Refused | None = None

    def when(self, command: AnyCommand) -> Scenario:
        """Gives one command."""
        metadata = CommandMetadata(DM, NOW, lambda: next(self.new_ids), self.command_id)
        try:
            self.outcome = self.aggregate.handle(command, self.context, metadata)
        except Refused as refused:
            self.outcome = refused
        return self

    def then(self, *expected: tuple[str, dict[str, Any]] | str) -> list[Event]:
        """The topics of the events, each with what its fields must be if given; returns the events."""
        assert isinstance(self.outcome, list), self.outcome
        assert [event.TOPIC for event in self.outcome] == [e if isinstance(e, str) else e[0] for e in expected]
        for event, wanted in zip(self.outcome, expected, strict=True):
            if not isinstance(wanted, str):
                assert event.model_dump(exclude=set(ENVELOPE)) == wanted[1]
        return self.outcome

    def refused(self, code: str, message: str | None = None) -> None:
        """Refused with the code, and the table is as before."""
        assert isinstance(self.outcome, Refused), self.outcome
        assert self.outcome.code == code
        assert message in (None, self.outcome.message)


def given(*commands: AnyCommand, **context: Any) -> Scenario:
    """A table at which these commands were carried out, none of them refused."""
    scenario = Scenario()
    if context:
        scenario.context = CommandContext(**{"players": {ADA, BO, CY}, "max_staged": 3, **context})
    for command in commands:
        scenario.when(command)
        if isinstance(scenario.outcome, Refused):
            pytest.fail(f"given {command}: {scenario.outcome}")
    return scenario
