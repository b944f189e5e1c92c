"""What a room tells an observer of its commands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple, Protocol

from domain.events import Event
from domain.ids import CampaignId
from transport.rooms.command import Outcome, PendingCommand


class Times(NamedTuple):
    """When a command was decided, when that was durable, and when everybody here was told.

    Like all times that followers are given: nanoseconds of `time.monotonic_ns`, which nobody sets, so that what lies
    between two of them is how long it took.
    """

    decided: int
    stored: int
    told: int


class CommandObserver(Protocol):
    """Neither may raise nor wait: a room does both in its own turn."""

    def answered(
        self, campaign: CampaignId, pending: PendingCommand, outcome: Outcome, events: Sequence[Event], times: Times
    ) -> None:
        """A command was answered. `events` are what it caused, none if it was refused, failed, or given before."""

    def heard(self, campaign: CampaignId, events: Sequence[Event], asked: int, told: int) -> None:
        """Others had stored these; they were read from `asked` on, and everybody here knew at `told`."""


def by_command(events: Sequence[Event]) -> Iterator[tuple[Event, int]]:
    """The event that each command is named for, which is its last, and how many it caused."""
    for _, group in groupby(events, lambda event: (event.timestamp, event.actor, event.command_id)):
        caused = list(group)
        yield caused[-1], len(caused)
