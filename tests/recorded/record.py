"""Records what viewers are sent in an evening, one file a viewer, for everybody who writes a client.

A client that folds the messages of a file, one after the other, must know after each of them what
projections/viewer_state.py knows. To write the files anew after a change of the messages:

    python -m tests.recorded.record
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from uuid import UUID

from domain.aggregate import CommandMetadata, SessionAggregate
from domain.commands import AnyCommand, ImportMap, RecordArrival, RecordDeparture
from domain.decide import CommandContext
from domain.hexes import Grid
from domain.ids import UserId
from domain.map_parts import MapPart
from domain.refusals import Refused
from projections.messages import ServerMessage
from projections.people import Member, People, Role, Viewer
from projections.room_state import RoomState, fold
from projections.views import messages_for, people_list, staged_for, state_for
from tests.domain.scenario import (
    ADA,
    BO,
    CAMPAIGN,
    CY,
    DM,
    END,
    IMMEDIATE,
    NOW,
    PAUSE,
    PUBLISH,
    RESUME,
    STAGED,
    START,
    ids,
    message,
    reveal,
    update,
)
from transport.wire.conversation import refusal

FOLDER = Path(__file__).parent
FILES = {"dm": DM, "ada": ADA, "bo": BO, "cy": CY}
RANDOM_COMMANDS = 80


@dataclass
class Recorder:
    """A table at which commands happen, and what each who is connected was sent so far."""

    members: dict[UserId, Member] = field(default_factory=dict)
    online: frozenset[UserId] = frozenset()
    sent: defaultdict[UserId, list[ServerMessage]] = field(default_factory=lambda: defaultdict(list))
    aggregate: SessionAggregate = field(default_factory=lambda: SessionAggregate.at(CAMPAIGN))
    room: RoomState = field(default_factory=RoomState)
    new_ids: Iterator[UUID] = field(default_factory=ids)

    def come_in(self, user: UserId, name: str, role: Role = "player") -> None:
        """A new member, connected at once."""
        self.members[user] = Member(user, name, role)
        self.connect(user)

    def connect(self, user: UserId) -> None:
        """Also somebody who was here before, and starts afresh."""
        self.online |= {user}
        member = self.members[user]
        self._start_over(member)
        self.give(RecordArrival(user))
        self.tell_presence()

    def disconnect(self, user: UserId) -> None:
        self.online -= {user}
        self.give(RecordDeparture(user))
        self.tell_presence()

    def change_role(self, user: UserId, role: Role) -> None:
        """Whose role changes is shown everything again, as the new role sees it."""
        self.members[user] = replace(self.members[user], role=role)
        self._start_over(self.members[user])
        self.tell_presence()

    def _start_over(self, member: Member) -> None:
        viewer, sent = Viewer(member.user_id, member.role), self.sent[member.user_id]
        sent.append(
            {
                "type": "connected",
                "userId": member.user_id,
                "role": member.role,
                "name": member.name,
                "resumed": False,
            }
        )
        sent.append(state_for(viewer, self.room, self.people))
        sent.extend(staged_for(viewer, self.room, self.people, None))
        sent.append({"type": "dm:preparing", "preparing": self.room.table.mode == "staged"})

    def give(self, command: AnyCommand, command_id: str | None = None) -> None:
        """Carries out a command of the DM and tells everybody what is theirs to know."""
        players = {user for user, member in self.members.items() if member.role == "player"}
        context = CommandContext(players=players, online=self.online)
        try:
            events = self.aggregate.handle(command, context, CommandMetadata(DM, NOW, lambda: next(self.new_ids)))
        except Refused as refused:
            self.sent[DM].append(refusal(refused))
            return
        for event in events:
            before, self.room = self.room, fold(self.room, event)
            for user in self.online:
                viewer = Viewer(user, self.members[user].role)
                self.sent[user] += messages_for(viewer, event, before, self.room, self.people)
        if command_id is not None:
            self.sent[DM].append({"type": "ack", "id": command_id, "eventId": str(events[-1].event_id)})

    def tell_presence(self) -> None:
        for user in self.online:
            self.sent[user].append({"type": "player:presence", "players": people_list(self.people)})

    @property
    def people(self) -> People:
        return People(self.members, self.online)


def an_evening() -> dict[UserId, list[ServerMessage]]:
    """Always the same: everything that can be told is told to somebody in it."""
    recorder = Recorder()
    recorder.come_in(DM, "Dee", "dm")
    grid = Grid(name="Coast", width=4, height=3, hex_size=40, orientation="pointy")
    recorder.give(ImportMap([(f"{q},{r}", "forest") for q in range(4) for r in range(3)], (), grid))
    recorder.come_in(ADA, "Ada <b>the Bold</b>")
    recorder.come_in(BO, "Bo")
    for command in (START, reveal("0,0", "1,0"), reveal("2,0", to=[ADA]), update(q0r0="swamp", q2r0="water")):
        recorder.give(command, "first")
    recorder.disconnect(ADA)
    for command in (STAGED, reveal("3,0", to=[BO]), reveal("3,0", "0,1"), update(q3r0="urban", q9r9="desert")):
        recorder.give(command)
    recorder.connect(ADA)
    recorder.come_in(CY, "Cyrus")
    for command in (message("staged:undo", index=1), PUBLISH, PUBLISH, IMMEDIATE, PAUSE, RESUME):
        recorder.give(command)
    for command in (STAGED, reveal("5,5")):
        recorder.give(command)
    recorder.change_role(BO, "dm")
    for command in _random_commands(Random(7)):
        recorder.give(command)
    for command in (STAGED, reveal("6,6", to=[CY])):
        recorder.give(command)
    recorder.change_role(BO, "player")
    _stop_halfway(recorder, grid)
    recorder.sent[DM].append({"type": "tick"})
    return recorder.sent


def _stop_halfway(recorder: Recorder, grid: Grid) -> None:
    """An import of a map that is taken back; the DM is away in between."""
    part = MapPart(import_id=UUID(int=99), file="0" * 64, number=1, left=3)
    recorder.give(ImportMap([("0,0", "coast"), ("20,20", "lair")], (), grid, part))
    recorder.disconnect(DM)
    recorder.connect(DM)
    recorder.give(ImportMap((), part=part.model_copy(update={"takes_back": True})))
    back = part.model_copy(update={"takes_back": True, "number": 2, "left": 0})
    known = recorder.aggregate.table.painted
    recorder.give(ImportMap([("0,0", "forest"), ("20,20", "unknown")], (), grid, back, known))


def _random_commands(random: Random) -> Iterator[AnyCommand]:
    def some_keys() -> list[str]:
        return [f"{random.randint(-2, 3)},{random.randint(-1, 3)}" for _ in range(random.randint(1, 5))]

    fixed = (START, PAUSE, RESUME, END, STAGED, IMMEDIATE, PUBLISH, message("staged:undo", index=0))
    for _ in range(RANDOM_COMMANDS):
        match random.randint(0, 2):
            case 0:
                yield random.choice(fixed)
            case 1:
                yield reveal(*some_keys(), to=random.choice(["all", [ADA], [CY], [ADA, CY]]))
            case _:
                kinds = ("forest", "water", "arctic", "bog of eternal stench")
                changes = [{"key": key, "terrain": random.choice(kinds)} for key in some_keys()]
                yield message("hex:update", changes=changes)


def recordings() -> dict[str, str]:
    """The content of each file by its name."""
    sent = an_evening()
    return {f"{name}.json": _one_a_line(sent[user]) for name, user in FILES.items()}


def _one_a_line(messages: list[ServerMessage]) -> str:
    lines = [json.dumps(told, ensure_ascii=False) for told in messages]
    return "[\n" + ",\n".join(lines) + "\n]\n"


if __name__ == "__main__":
    for name, content in recordings().items():
        (FOLDER / name).write_text(content, encoding="utf-8")
