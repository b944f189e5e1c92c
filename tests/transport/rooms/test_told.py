"""One event as everybody is told of it."""

from __future__ import annotations

from uuid import uuid4

import pytest

from domain.aggregate import CommandMetadata, SessionAggregate
from domain.commands import AnyCommand, RecordArrival
from domain.decide import CommandContext
from projections.people import Member, People
from projections.room_state import RoomState, Step, fold
from projections.views import ANY_DM, ANY_PLAYER
from tests.domain.scenario import ADA, BO, CAMPAIGN, CY, DM, NOW, PUBLISH, STAGED, START, message, reveal, update
from tests.laws.fake_peers import frames
from transport.rooms.told import Telling, frames_of, tell_of

PLAYERS = frozenset({ADA, BO, CY})
PEOPLE = People({ADA: Member(ADA, "Ada", "player")}, frozenset())


def last_of(*commands: AnyCommand) -> Telling:
    """What is told of the last event that they cause."""
    aggregate, state = SessionAggregate.at(CAMPAIGN), RoomState()
    for command in commands:
        for event in aggregate.handle(command, CommandContext(players=PLAYERS), CommandMetadata(DM, NOW, uuid4)):
            before, state = state, fold(state, event)
            step = Step(event, before, state)
    return tell_of(step, PEOPLE, PLAYERS)


@pytest.mark.parametrize(
    "commands", [(START,), (STAGED,), (START, message("session:pause")), (START, RecordArrival(ADA))]
)
def test_what_is_the_same_for_all_is_one_object(commands: tuple[AnyCommand, ...]) -> None:
    """In every window, for as long as it is remembered."""
    telling = last_of(*commands)
    assert telling.to(ANY_PLAYER) is telling.to(ANY_DM) is not None
    assert telling.apart == {}


def test_who_is_named_together_is_told_together() -> None:
    """And whoever is not named is told what any player is: nothing."""
    telling = last_of(reveal("1,1", to=[ADA, BO]))
    assert telling.apart[ADA] is telling.apart[BO] is not None
    assert telling.apart.keys() == {ADA, BO}
    assert telling.players is None


def test_only_what_players_know_makes_a_difference_between_them() -> None:
    """Of two updated hexes Ada and Bo know one, Cy none, and all of them the third."""
    telling = last_of(reveal("1,1", to=[ADA, BO]), reveal("2,2"), update(q1r1="sea", q2r2="sea", q3r3="sea"))
    assert telling.apart[ADA] is telling.apart[BO] is not None
    assert telling.apart.keys() == {ADA, BO}
    assert telling.players is not None
    shown = [change["key"] for change in next(frames(telling.players.frames))["changes"]]
    assert shown == ["2,2"]


def test_a_publish_is_told_without_the_queue() -> None:
    """The list of staged changes goes by its own clock; the two messages of the publish count."""
    telling = last_of(reveal("1,1"), STAGED, update(q1r1="sea"), reveal("2,2"), PUBLISH)
    assert telling.has_queue
    assert telling.dms is not None
    assert [frame["type"] for frame in frames(telling.dms.frames)] == ["hex:updated", "hex:revealed"]
    assert telling.dms.messages == 2


def test_a_staged_change_is_an_event_of_dms_alone() -> None:
    """They may come back with its id, and get the list as it is then."""
    telling = last_of(STAGED, reveal("1,1"))
    assert telling.has_queue
    assert telling.players is None
    assert telling.dms is not None
    assert (telling.dms.frames, telling.dms.messages) == (b"", 0)


def test_a_name_is_not_kept() -> None:
    """Who came is named as they are called when somebody is told of it again: a name may have been erased."""
    telling = last_of(START, RecordArrival(ADA))
    assert telling.players is not None
    assert b"Ada" not in telling.players.frames
    for name in ("Ada", "", "Ada the Bold"):
        people = People({ADA: Member(ADA, name, "player")}, frozenset())
        [said] = frames(frames_of(telling.players, people))
        assert said == {
            "type": "player:joined",
            "userId": ADA,
            "name": name,
            "role": "player",
            "eventId": telling.players.event_id,
        }
