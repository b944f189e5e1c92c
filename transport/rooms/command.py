"""A command that waits for its outcome, and the outcomes that it can have."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple, Protocol

from domain.commands import AnyCommand, Command
from domain.ids import CommandId, EventId, UserId
from domain.refusals import Refused
from domain.store import EngineError
from transport import metrics
from transport.metrics import CommandResult

Outcome = EventId | None | Refused | EngineError
"""The event it caused, None if there was nothing to record, or why it did not happen."""


class Sender(Protocol):
    """Where a command came from."""

    may_command: bool
    """False from the moment when the sign-in ends that it came by."""


class PendingCommand(NamedTuple):
    """A command on its way; `reply` is called exactly once, in the order of the log."""

    command: AnyCommand
    actor: UserId
    reply: Callable[[Outcome], None]
    command_id: CommandId | None = None
    taken: int = 0
    """When its frame was read, by `time.monotonic_ns`; 0 if there was none."""
    visible_since: int | None = None
    """The `visible_since` of the membership in which it was given; None for what the engine gives itself."""
    sender: Sender | None = None
    """The connection it came from, if it was one."""


def type_of(command: AnyCommand) -> str:
    """The message's, or the name of one that no client can send."""
    return command.type if isinstance(command, Command) else type(command).__name__


def result_of(outcome: Outcome) -> CommandResult:
    """In a word, for operators."""
    match outcome:
        case Refused():
            return "refused"
        case EngineError():
            return "failed"
        case None:
            return "without_effect"
        case _:
            return "done"


def answer(pending: PendingCommand, outcome: Outcome) -> None:
    """Counts it, and replies."""
    if isinstance(pending.command, Command):
        metrics.count_command(pending.command.type, result_of(outcome))
    pending.reply(outcome)


class Answers:
    """The newest outcomes by command id, so that a command sent again is answered without asking the store.

    The store knows them all, and has the last word.
    """

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        self._known: OrderedDict[CommandId, EventId | Refused] = OrderedDict()

    def get(self, command: CommandId | None) -> EventId | Refused | None:
        return self._known.get(command) if command is not None else None

    def remember(self, command: CommandId, outcome: EventId | Refused) -> None:
        """The first outcome stays."""
        self._known.setdefault(command, outcome)
        if len(self._known) > self._limit:
            self._known.popitem(last=False)
