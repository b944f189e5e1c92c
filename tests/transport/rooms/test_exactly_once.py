"""A command id has one outcome: whoever sends it again, however late, and whatever the room still remembers."""

from __future__ import annotations

from uuid import uuid4

from domain.commands import client_message
from domain.decide import CommandContext
from domain.ids import CommandId, EventId, UserId
from domain.refusals import NothingStaged
from projections.people import Member
from tests.domain.scenario import ADA, CAMPAIGN, DM, NOW
from transport.rooms.command import Answers, Outcome, PendingCommand
from transport.rooms.command_handler import CommandHandler, Decision

MEMBERS = {DM: Member(DM, "Dee", "dm"), ADA: Member(ADA, "Ada", "player")}


def pending(actor: UserId, command_id: str, type_: str = "session:start") -> PendingCommand:
    """A command on its way, whose answer nobody waits for."""

    def unheard(_: Outcome) -> None: ...

    command = client_message.validate_python({"type": type_, "id": command_id})
    return PendingCommand(command, actor, unheard, CommandId(command_id))


def decided(handler: CommandHandler, *batch: PendingCommand) -> list[Decision]:
    """One batch, as if it were stored at once."""
    decisions = handler.decide(batch, CommandContext(players={ADA}), MEMBERS)
    handler.stored(decisions)
    return decisions


def test_twice_in_one_batch() -> None:
    """The second is answered as the first, and only one event is made."""
    first, second = decided(CommandHandler(CAMPAIGN, lambda: NOW), pending(DM, "a"), pending(DM, "a"))
    assert len(first.events) == 1
    assert second.events == []
    assert first.outcome() == second.outcome() == first.events[0].event_id


def test_who_may_not_command_uses_up_no_id_and_learns_no_outcome() -> None:
    """Neither before the DM's command with that id, in the same batch, nor after it was carried out."""
    handler = CommandHandler(CAMPAIGN, lambda: NOW)
    players, dms = decided(handler, pending(ADA, "a"), pending(DM, "a"))
    assert len(dms.events) == 1
    (again,) = decided(handler, pending(ADA, "a"))
    for refused in (players, again):
        assert refused.refused is not None
        assert refused.refused.code == "dm_only"
        assert refused.outcome() is refused.refused


def test_the_first_outcome_stays() -> None:
    """What is remembered is not overwritten."""
    answers, once = Answers(), EventId(uuid4())
    answers.remember(CommandId("a"), once)
    answers.remember(CommandId("a"), NothingStaged())
    assert answers.get(CommandId("a")) == once


def test_memory_is_bounded() -> None:
    """The newest 10,000 outcomes of a room are kept, and no more."""
    answers = Answers()
    for n in range(10_001):
        answers.remember(CommandId(f"{n}"), NothingStaged())
    assert answers.get(CommandId("0")) is None
    assert answers.get(CommandId("1")) is not None
    assert answers.get(CommandId("10000")) is not None
