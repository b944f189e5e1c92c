"""The checker finds each anomaly that is planted in a short evening, and nothing in the evening as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from domain.aggregate import CommandMetadata
from domain.commands import AnyCommand
from domain.events import Event
from domain.ids import CommandId, UserId
from projections.people import Member, People, Role, Viewer
from projections.room_state import RoomState, Step, fold
from projections.views import messages_for, state_for
from tests.domain.scenario import ADA, BO, DM, NOW, START, Scenario, message, reveal
from tests.simulation.checker import Checked
from tests.simulation.history import Answered, Gone, Heard, History, Said

MEMBERS = {DM: Member(DM, "Dee", "dm"), ADA: Member(ADA, "Ada", "player"), BO: Member(BO, "Bo", "player")}
PEOPLE = People(MEMBERS, frozenset(MEMBERS))
LAVA = message("hex:update", changes=[{"key": "1,1", "terrain": "terrain 1"}])
FOREST = message("hex:update", changes=[{"key": "2,2", "terrain": "terrain 2"}])

PLAYED: tuple[AnyCommand, ...] = (START, LAVA, reveal("1,1"), FOREST, reveal("2,2", to=[BO]), reveal("3,3"))
"""Ada is shown 1,1 and 3,3, and never 2,2."""


@dataclass
class Told:
    """What everybody was told, with Ada and Bo connected from the beginning. Second n has event n."""

    history: History = field(default_factory=History)
    log: list[Event] = field(default_factory=list)
    roles: list[tuple[int, dict[UserId, Role]]] = field(
        default_factory=lambda: [(0, {user: member.role for user, member in MEMBERS.items()})]
    )

    def violations(self) -> list[str]:
        return Checked(self.history, self.log, MEMBERS, self.roles, bound=1).violations()

    @property
    def ada(self) -> Heard:
        return self.history.connections[0]

    def of_ada(self, version: int) -> int:
        """At which place of what Ada heard that event is told."""
        event_id = str(self.log[version - 1].event_id)
        return next(at for at, (_, heard) in enumerate(self.ada.messages) if heard.get("eventId") == event_id)

    def connect(self, user: UserId, at: float, version: int) -> Heard:
        """Shown the state of that version."""
        room = self.room(version)
        viewer = Viewer(user, MEMBERS[user].role)
        event_id = str(self.log[version - 1].event_id) if version else None
        state: dict[str, Any] = {**state_for(viewer, room, PEOPLE), "eventId": event_id}
        greeting: dict[str, Any] = {"type": "connected", "role": viewer.role, "resumed": False}
        self.history.connections.append(heard := Heard(f"{user}", user, at, None, [(at, greeting), (at, state)]))
        return heard

    def room(self, version: int) -> RoomState:
        room = RoomState()
        for event in self.log[:version]:
            room = fold(room, event)
        return room


@pytest.fixture
def told() -> Told:
    """The evening as it was."""
    told, scenario = Told(), Scenario()
    connections = [told.connect(user, 0.5, 0) for user in (ADA, BO)]
    room = RoomState()
    for number, command in enumerate(PLAYED, 1):
        metadata = CommandMetadata(DM, NOW, lambda: next(scenario.new_ids), CommandId(f"c{number}"))
        (event,) = scenario.aggregate.handle(command, scenario.context, metadata)
        told.log.append(event)
        told.history.said[f"c{number}"] = Said(number - 0.2, DM, {})
        told.history.answers.append(Answered(number + 0.2, f"c{number}", "ack", str(event.event_id)))
        step = Step(event, room, room := fold(room, event))
        for connection in connections:
            viewer = Viewer(connection.user, "player")
            for one in messages_for(viewer, step.event, step.before, step.after, PEOPLE):
                connection.messages.append((number + 0.1, dict(one)))
    return told


def test_nothing_is_found_in_an_evening_in_which_nothing_went_wrong(told: Told) -> None:
    """Also when somebody comes later, and to a server that is just a little newer than what was acknowledged."""
    told.connect(ADA, 3.5, 3)
    told.connect(BO, 3.5, 4)
    assert told.violations() == []


def _executed_twice(told: Told) -> None:
    told.log[3] = told.log[3].model_copy(update={"command_id": CommandId("c2")})


def _two_outcomes(told: Told) -> None:
    told.history.answers.append(Answered(9, "c3", "ack", str(told.log[3].event_id)))


def _refused_and_recorded(told: Told) -> None:
    told.history.answers[2] = Answered(3.2, "c3", "no_session", None)


def _acknowledged_and_lost(told: Told) -> None:
    told.history.answers.append(Answered(9, "c9", "ack", "00000000-0000-4000-8000-0000000000ff"))


def _overtaken(told: Told) -> None:
    told.history.said["c2"].at = 4.5


def _by_a_player(told: Told) -> None:
    told.roles.append((2, {**told.roles[0][1], DM: "player"}))


def _hidden_terrain(told: Told) -> None:
    told.ada.messages.append((7, {"type": "error", "message": "not so fast, it is terrain 2"}))


def _hidden_event(told: Told) -> None:
    told.ada.messages.append((7, {"type": "error", "message": str(told.log[4].event_id)}))


def _gap(told: Told) -> None:
    del told.ada.messages[told.of_ada(3)]


def _out_of_order(told: Told) -> None:
    first, second = told.of_ada(3), told.of_ada(6)
    messages = told.ada.messages
    messages[first], messages[second] = messages[second], messages[first]


def _gap_over_a_resume(told: Told) -> None:
    cut = told.of_ada(6)
    del told.ada.messages[cut:]
    seen = str(told.log[2].event_id)
    greeting = {"type": "connected", "role": "player", "resumed": True}
    told.history.connections.append(Heard(told.ada.client, ADA, 7, seen, [(7, greeting)]))
    later = {"type": "hex:revealed", "hexKeys": ["9,9"], "terrain": [], "eventId": str(told.log[5].event_id)}
    told.history.connections[2].messages.append((7.1, later))


def _behind(told: Told) -> None:
    told.connect(ADA, 3.5, 2)


def _told_after_the_removal(told: Told) -> None:
    told.roles.append((3, {DM: "dm", BO: "player"}))


def _told_long_after_it_was_gone(told: Told) -> None:
    told.history.gone.append(Gone(2, ADA))


ANOMALIES: tuple[tuple[Callable[[Told], None], str], ...] = (
    (_executed_twice, "executed 2 times: c2"),
    (_two_outcomes, "two outcomes of c3"),
    (_refused_and_recorded, "refused (no_session) and recorded: c3"),
    (_acknowledged_and_lost, "acknowledged and not recorded: c9"),
    (_overtaken, "recorded before what was acknowledged when it was sent: c2"),
    (_by_a_player, "who was no DM"),
    (_hidden_terrain, "was told of terrain 2"),
    (_hidden_event, "was told of the hidden event 5"),
    (_gap, "knows something else than the log shows"),
    (_out_of_order, "event 3 after 6"),
    (_gap_over_a_resume, "knows something else than the log shows"),
    (_behind, "a state that the log does not have since version 3"),
    (_told_after_the_removal, "and was no member since version 3"),
    (_told_long_after_it_was_gone, "and was gone"),
)


@pytest.mark.parametrize(("plant", "words"), ANOMALIES, ids=[plant.__name__[1:] for plant, _ in ANOMALIES])
def test_what_is_planted_is_found(told: Told, plant: Callable[[Told], None], words: str) -> None:
    """Each by its own words."""
    plant(told)
    found = told.violations()
    assert any(words in one for one in found), found
