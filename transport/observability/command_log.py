"""Lines in the log: one for each command that a server answered, one for each that it heard of from others.

The id of the event is the same in all of them. What a command says, and to whom, is not in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog

from domain.events import Event
from domain.ids import CampaignId
from domain.refusals import Refused
from transport.rooms.command import Outcome, PendingCommand, result_of, type_of
from transport.rooms.command_observer import Times, by_command

_log = structlog.get_logger()


class CommandLog:
    """Satisfies transport.rooms.command_observer.CommandObserver."""

    def answered(
        self, campaign: CampaignId, pending: PendingCommand, outcome: Outcome, events: Sequence[Event], times: Times
    ) -> None:
        line: dict[str, Any] = {
            "campaign": str(campaign),
            "type": type_of(pending.command),
            "actor": pending.actor,
            "outcome": result_of(outcome),
            "waited_ms": _ms(pending.taken or times.decided, times.decided),
        }
        if pending.command_id is not None:
            line["command"] = pending.command_id
        if isinstance(outcome, Refused):
            line["code"] = outcome.code
        if events:
            line |= {
                "caused": str(events[-1].event_id),
                "version": events[-1].originator_version,
                "stored_ms": _ms(times.decided, times.stored),
                "told_ms": _ms(times.stored, times.told),
            }
        _log.info("command", **line)

    def heard(self, campaign: CampaignId, events: Sequence[Event], asked: int, told: int) -> None:
        for event, _ in by_command(events):
            _log.info(
                "heard",
                campaign=str(campaign),
                caused=str(event.event_id),
                version=event.originator_version,
                told_ms=_ms(asked, told),
            )


def _ms(start: int, end: int) -> float:
    return round((end - start) / 1e6, 3)
