"""The pending commands of a room, and which of them are the next batch."""

from __future__ import annotations

from collections import deque

from domain.commands import AnyCommand, ImportMap, ImportTogether, RevealHexes, UpdateHexes
from projections.pieces import weight_of
from transport.rooms.command import PendingCommand

BATCH_HEXES = 5_000
"""Hexes in one append: folding and telling them takes several milliseconds, in which no other room has its turn."""

COMMAND_HEXES = 50
"""What a command weighs by itself: a hundred of them are decided in some milliseconds."""


class Inbox:
    """In the order of their coming."""

    def __init__(self) -> None:
        self._waiting: deque[PendingCommand] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def put(self, pending: PendingCommand) -> None:
        self._waiting.append(pending)

    def take(self) -> PendingCommand:
        """The first one."""
        return self._waiting.popleft()

    def take_batch(self) -> list[PendingCommand]:
        """As many as are stored in one append, at least one."""
        batch = [self._waiting.popleft()]
        hexes = weight_of_command(batch[0].command)
        while self._waiting:
            hexes += weight_of_command(self._waiting[0].command)
            if hexes > BATCH_HEXES:
                break
            batch.append(self._waiting.popleft())
        return batch


def weight_of_command(command: AnyCommand) -> int:
    """In hexes."""
    match command:
        case RevealHexes():
            targets = None if command.targets == "all" else command.targets["playerIds"]
            return COMMAND_HEXES + len(command.hex_keys) + weight_of(targets)
        case UpdateHexes() | ImportMap():
            return COMMAND_HEXES + len(command.changes)
        case ImportTogether():
            return sum(weight_of_command(part) for part in command.parts)
        case _:
            return COMMAND_HEXES
