"""Stores the outcome of a batch of commands: its events and its refusals."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic_ns

from domain.ids import CampaignId
from domain.store import CommandAlreadyDecided, EventStore, Standing, VersionConflict
from transport import metrics
from transport.rooms.command_handler import CommandHandler, Decision

NANOSECONDS = 1e9
"""In a second."""


async def append(
    store: EventStore, campaign: CampaignId, handler: CommandHandler, decisions: Sequence[Decision], basis: Standing
) -> None:
    """Raises EngineError; VersionConflict also if what need not be stored does not rest on the newest state."""
    if (put_off := handler.put_off(decisions)) and (before := await store.outcomes(campaign, put_off)):
        raise CommandAlreadyDecided(before)
    events = [event for decision in decisions for event in decision.events]
    refusals = handler.refusals(decisions, basis.version)
    if events or refusals is not None:
        start = monotonic_ns()
        await store.append(events, basis.roster, refusals)
        metrics.APPEND_SECONDS.observe((monotonic_ns() - start) / NANOSECONDS)
    elif any(decision.rests_on_the_newest for decision in decisions):
        # An append finds that out by itself.
        standings = await store.standings([campaign])
        if standings[campaign] != basis:
            raise VersionConflict("decided on an old state")
