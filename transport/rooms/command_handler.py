"""Decides the commands that wait in a room: which events they cause, which are refused, which were known already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from domain.aggregate import CommandMetadata, SessionAggregate
from domain.commands import RecordArrival, RecordDeparture
from domain.decide import CommandContext
from domain.events import Event
from domain.ids import CampaignId, CommandId, EventId, UserId
from domain.refusals import QuotaExceeded, Refused, RestrictedToDm
from domain.store import EngineError, Refusals
from domain.table import Table
from projections.people import Member
from transport.rooms.command import Answers, Outcome, PendingCommand, type_of
from transport.rooms.log_growth import NO_LIMIT, LogGrowth


@dataclass(slots=True)
class Decision:
    """What a command causes: events, a refusal, or (when it was given before) the outcome of the first time."""

    pending: PendingCommand
    events: list[Event] = field(default_factory=list)
    refused: Refused | None = None
    known: EventId | Refused | None = None
    repeats: Decision | None = None

    @property
    def rests_on_the_newest(self) -> bool:
        """Whether it may only be told if nobody changed the room or its members meanwhile."""
        return self.refused is not None or self.known is not None

    def outcome(self) -> Outcome:
        """To be asked when the events are stored."""
        if self.repeats is not None:
            return self.repeats.outcome()
        if self.known is not None:
            return self.known
        if self.refused is not None:
            return self.refused
        # What accompanies an event comes before it: the last is the one that the command is named for.
        return self.events[-1].event_id if self.events else None


class CommandHandler:
    """Holds the aggregate, which runs ahead of the store by what was decided and is not stored yet."""

    def __init__(self, campaign: CampaignId, now: Callable[[], datetime], growth: LogGrowth = NO_LIMIT) -> None:
        self._campaign = campaign
        self._now = now
        self._growth = growth
        self._aggregate = SessionAggregate.at(campaign)
        self._answers = Answers()

    def stand_at(self, version: int, table: Table, latest: datetime) -> None:
        """Forgets what was decided and not stored; see SessionAggregate.at."""
        self._aggregate = SessionAggregate.at(self._campaign, version, table, latest)

    def let_go(self) -> None:
        """Forgets the table. To be called when nothing is decided any more."""
        self._aggregate = SessionAggregate.at(self._campaign)

    def decide(
        self, batch: Iterable[PendingCommand], context: CommandContext, members: Mapping[UserId, Member]
    ) -> list[Decision]:
        """Decides all, in order, each on what the ones before it cause."""
        decisions: list[Decision] = []
        firsts: dict[CommandId, Decision] = {}
        for pending in batch:
            decision = Decision(pending)
            decisions.append(decision)
            try:
                # First: who may not command any more is not told what became of the commands of others either.
                _check_authority(pending, members)
                decision.known = self._answers.get(pending.command_id)
                decision.repeats = _first_of(decision, firsts)
                if decision.known is None and decision.repeats is None:
                    self._growth.check(pending)
                    metadata = CommandMetadata(pending.actor, self._now(), uuid4, pending.command_id)
                    decision.events = self._aggregate.handle(pending.command, context, metadata)
            except Refused as refused:
                decision.refused = refused
        return decisions

    def refusals(self, decisions: Iterable[Decision], after: int) -> Refusals | None:
        """Those that are to be recorded, decided on version `after`; None if there are none."""
        refused = {
            command_id: decision.refused
            for decision in decisions
            if (command_id := decision.pending.command_id) is not None
            and decision.refused is not None
            and _is_for_ever(decision.refused)
        }
        return Refusals(self._campaign, after, refused) if refused else None

    def put_off(self, decisions: Iterable[Decision]) -> list[CommandId]:
        """Those that may be given again later, and may have been carried out before."""
        return [
            decision.pending.command_id
            for decision in decisions
            if decision.pending.command_id is not None and isinstance(decision.refused, QuotaExceeded)
        ]

    def remember(self, known: Mapping[CommandId, EventId | Refused]) -> None:
        """Commands that turned out to be decided before."""
        for command_id, outcome in known.items():
            self._answers.remember(command_id, outcome)

    def stored(self, decisions: Iterable[Decision]) -> None:
        """The events of all decisions are durable: from now on these are the answers."""
        self._aggregate.collect_events()
        for decision in decisions:
            self._growth.count_reveals(decision.pending.actor, decision.events)
            command_id, outcome = decision.pending.command_id, decision.outcome()
            match outcome:
                case None | EngineError():
                    continue
                case Refused() if not _is_for_ever(outcome):
                    continue
                case _ if command_id is not None:
                    if decision.refused is not None:
                        self._growth.count_refusal(decision.pending.actor)
                    self._answers.remember(command_id, outcome)


def _first_of(decision: Decision, firsts: dict[CommandId, Decision]) -> Decision | None:
    """The earlier decision of the batch on a command with the same id."""
    command_id = decision.pending.command_id
    first = firsts.setdefault(command_id, decision) if command_id is not None else decision
    return first if first is not decision else None


def _check_authority(pending: PendingCommand, members: Mapping[UserId, Member]) -> None:
    match pending.command:  # the engine's own
        case RecordArrival(player) if player not in members:
            raise RestrictedToDm(type_of(pending.command))  # removed while the arrival waited
        case RecordArrival() | RecordDeparture():
            return
    # The role may have changed since the frame, or the map file, was read; also away and back.
    member = members.get(pending.actor)
    if member is None or member.role != "dm" or pending.visible_since not in (None, member.visible_since):
        raise RestrictedToDm(type_of(pending.command))
    if pending.sender is not None and not pending.sender.may_command:
        raise RestrictedToDm(type_of(pending.command))


def _is_for_ever(refused: Refused) -> bool:
    """Others decide nothing and use up no id: else a player could use up the ids of the DM."""
    return not isinstance(refused, RestrictedToDm | QuotaExceeded)
