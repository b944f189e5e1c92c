"""Random evenings: histories that the aggregate made, and what each of the people was sent meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from domain.aggregate import CommandMetadata, SessionAggregate
from domain.commands import AnyCommand, ImportMap, RecordArrival, RecordDeparture
from domain.decide import CommandContext
from domain.events import LIFECYCLE, Event
from domain.hexes import Grid
from domain.map_parts import MapPart
from domain.refusals import Refused
from projections.people import Member, People, Viewer
from projections.room_state import RoomState, Step, fold
from projections.stretches import Moment, Stretch, stretches
from tests.domain.scenario import ADA, BO, CAMPAIGN, CY, DM, NOW, ids, message

MEMBERS = {
    DM: Member(DM, "Dee", "dm"),
    ADA: Member(ADA, "Ada", "player"),
    BO: Member(BO, "Bo", "player"),
    CY: Member(CY, "Cy", "player"),
}
PLAYERS = (ADA, BO, CY)
PEOPLE = People(MEMBERS, frozenset({DM, ADA}))
VIEWERS = tuple(Viewer(user, member.role) for user, member in MEMBERS.items())

keys = st.builds("{},{}".format, st.integers(-1, 2), st.integers(0, 2))
key_lists = st.lists(keys, min_size=1, max_size=4)
terrains = st.sampled_from(["forest", "swamp", "water"])
audiences: SearchStrategy[Any] = st.just("all") | st.lists(
    st.sampled_from([*PLAYERS, DM]), min_size=1, max_size=3, unique=True
).map(lambda players: {"playerIds": players})


def _maps(drawn: dict[str, str]) -> ImportMap:
    grid = Grid(name="Secret lair", width=3, height=3, hex_size=30, orientation="pointy")
    return ImportMap(tuple(drawn.items()), tuple((key, 2) for key in drawn), grid)


def map_part(drawn: dict[str, str], number: int, left: int, of: int, kind: str) -> ImportMap:
    """One of an import, or of taking it back, which most times is not the next one."""
    whole, takes_back = _maps(drawn), kind != "comes"
    what = MapPart(
        import_id=UUID(int=of),
        file=f"{of:064}",
        number=number,
        left=left,
        takes_back=takes_back,
        pointy=kind == "pointy",
    )
    return replace(whole, part=what)


parts: SearchStrategy[ImportMap] = st.builds(
    map_part,
    st.dictionaries(keys, terrains | st.just("unknown"), max_size=3),
    st.sampled_from([1, 1, 2, 3]),
    st.integers(0, 2),
    st.integers(1, 2),
    st.sampled_from(["comes", "flat", "pointy"]),
)

commands: SearchStrategy[AnyCommand] = st.one_of(
    st.sampled_from(["session:start", "session:pause", "session:resume", "session:end"]).map(message),
    st.sampled_from(["immediate", "staged"]).map(lambda mode: message("broadcast:mode", mode=mode)),
    st.just(message("broadcast:publish")),
    st.integers(0, 3).map(lambda index: message("staged:undo", index=index)),
    st.builds(lambda hexes, to: message("hex:reveal", hexKeys=hexes, targets=to), key_lists, audiences),
    st.dictionaries(keys, terrains, min_size=1, max_size=4).map(
        lambda drawn: message("hex:update", changes=[{"key": k, "terrain": t} for k, t in drawn.items()])
    ),
    st.dictionaries(keys, terrains, max_size=3).map(_maps),
    parts,
    st.sampled_from(PLAYERS).map(RecordArrival),
    st.sampled_from(PLAYERS).map(RecordDeparture),
)


@dataclass
class Evening:
    """A table to which commands happen; `rooms[n]` is the room after n events."""

    aggregate: SessionAggregate = field(default_factory=lambda: SessionAggregate.at(CAMPAIGN))
    events: list[Event] = field(default_factory=list)
    rooms: list[RoomState] = field(default_factory=lambda: [RoomState()])
    new_ids: Iterator[UUID] = field(default_factory=ids)
    context: CommandContext = field(
        default_factory=lambda: CommandContext(players=set(PLAYERS), max_staged=6, members=MEMBERS)
    )

    @property
    def room(self) -> RoomState:
        """The room now."""
        return self.rooms[-1]

    def give(self, command: AnyCommand) -> Refused | None:
        """Carries out one command, or says why not. What takes an import back rests on the newest terrain."""
        if isinstance(command, ImportMap) and command.part is not None:
            command = replace(command, after=self.aggregate.table.painted)
        try:
            happened = self.aggregate.handle(
                command, self.context, CommandMetadata(DM, NOW, lambda: next(self.new_ids))
            )
        except Refused as refused:
            return refused
        for event in happened:
            self.events.append(event)
            self.rooms.append(fold(self.room, event))
        return None


@st.composite
def evenings(draw: st.DrawFn, max_commands: int = 25) -> Evening:
    """An evening to which some commands happened, refused ones among them."""
    evening = Evening()
    for command in draw(st.lists(commands, max_size=max_commands)):
        evening.give(command)
    return evening


def stretches_of(evening: Evening) -> list[Stretch]:
    """The sessions of an evening."""
    return stretches([event for event in evening.events if event.TOPIC in LIFECYCLE], NOW)


def steps_of(evening: Evening, stretch: Stretch) -> list[Step]:
    """Those of a stretch."""
    versions = range(stretch.after, stretch.last(len(evening.events)))
    return [Step(evening.events[n], evening.rooms[n], evening.rooms[n + 1]) for n in versions]


def beginning(evening: Evening, stretch: Stretch) -> Moment:
    """The moment before the first event of a stretch."""
    return Moment(stretch, None, evening.rooms[stretch.after], stretch.since)
