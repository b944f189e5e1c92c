"""Tells all observers of a room the outcomes of its commands."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic_ns

from domain.events import Event
from domain.ids import CampaignId
from domain.store import EngineError
from transport.rooms.command import PendingCommand
from transport.rooms.command_handler import Decision
from transport.rooms.command_observer import CommandObserver, Times


class CommandObservers:
    """Of one room, and its followers, who are usually none."""

    def __init__(self, campaign: CampaignId, followers: Sequence[CommandObserver]) -> None:
        self._campaign = campaign
        self._followers = followers

    def settled(self, decisions: Sequence[Decision], decided: int, stored: int) -> None:
        """They are stored, and everybody here was told."""
        for follower in self._followers:
            times = Times(decided, stored, monotonic_ns())
            for decision in decisions:
                follower.answered(self._campaign, decision.pending, decision.outcome(), decision.events, times)

    def failed(self, batch: Sequence[PendingCommand], error: EngineError) -> None:
        """They were answered with an error of ours."""
        for follower in self._followers:
            now = monotonic_ns()
            for pending in batch:
                follower.answered(self._campaign, pending, error, (), Times(now, now, now))

    def heard(self, events: Sequence[Event], asked: int) -> None:
        """Others had stored these; they were read from `asked` on, and everybody here was told."""
        for follower in self._followers:
            follower.heard(self._campaign, events, asked, monotonic_ns())
