"""A command of more hexes than one event holds: its parts, stored together, each an event."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar
from uuid import UUID, uuid5

from domain.events import SessionEvent
from domain.hexes import MAX_HEXES

T = TypeVar("T")


class Fact(NamedTuple):
    """An event to be: its class and the fields beyond the envelope."""

    event: type[SessionEvent]
    fields: dict[str, Any]


def parts(hexes: Sequence[T]) -> Iterator[tuple[T, ...]]:
    """As many at a time as an event holds."""
    for start in range(0, len(hexes), MAX_HEXES):
        yield tuple(hexes[start : start + MAX_HEXES])


def earlier_part(event_id: UUID) -> UUID:
    """The id that the event before this one has if both are parts of one command.

    So the log tells which events belong together, also of a client that gives its commands no ids.
    """
    return uuid5(event_id, "earlier part")


def is_earlier_part(event_id: UUID) -> bool:
    """Whether the next event is a part of the same command. All ids but those of earlier parts are random."""
    return event_id.version == 5


def as_one(facts: Sequence[Fact], new_id: Callable[[], UUID]) -> list[Fact]:
    """The facts of one command: the last has its id, as a command id stands at one event, and names the command."""
    if len(facts) == 1:
        return list(facts)
    event_id, named = new_id(), list[Fact]()
    for fact in reversed(facts):
        envelope = {"event_id": event_id} if not named else {"event_id": event_id, "command_id": None}
        named.insert(0, Fact(fact.event, envelope | fact.fields))
        event_id = earlier_part(event_id)
    return named
