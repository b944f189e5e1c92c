"""The story of one hex."""

from __future__ import annotations

from domain.commands import ImportMap
from domain.hexes import MAX_HEXES
from projections.hex_story import how_it_stands, what_happened_to
from projections.room_state import Step
from projections.sentences import sentence
from tests.domain.scenario import ADA, BO, END, PUBLISH, STAGED, START, message, reveal, update
from tests.laws.evenings import MEMBERS, Evening, map_part

KEY = "1,1"


def story(evening: Evening) -> list[str]:
    """What each event meant for the hex."""
    steps = [Step(event, evening.rooms[n], evening.rooms[n + 1]) for n, event in enumerate(evening.events)]
    said = [what_happened_to(KEY, step, MEMBERS) for step in steps]
    return [line for line in said if line is not None]


def test_all_that_can_happen_to_a_hex() -> None:
    """Imported, set, revealed, staged, undone, published, dropped; what happens to others is left out."""
    evening = Evening()
    for command in (
        ImportMap(((KEY, "forest"),), ((KEY, 1),)),
        update(q1r1="swamp", q2r2="lava"),
        update(q2r2="lava"),
        reveal(KEY, "2,2", to=[BO, ADA]),
        reveal("2,2"),
        STAGED,
        START,
        reveal(KEY),
        reveal("2,2"),
        update(q1r1="water"),
        message("staged:undo", index=0),
        PUBLISH,
        reveal("3,3"),
        PUBLISH,
        update(q1r1="lava"),
        END,
        map_part({KEY: "ice"}, 1, 2, 1, "comes"),
        map_part({KEY: "swamp"}, 1, 0, 1, "flat"),
    ):
        assert evening.give(command) is None
    assert story(evening) == [
        "Dee imported it as forest",
        "Dee set it to swamp",
        "Dee revealed it to Bo and Ada",
        "Dee staged: reveal it to all players",
        "Dee staged: set it to water",
        "Dee undid: reveal it to all players",
        "Dee published: set it to water",
        "Dee staged: set it to lava",
        "Dee dropped what was staged: set it to lava",
        "Dee imported it as ice",
        "Dee took an import back, so that it is swamp",
    ]


def test_a_change_that_several_events_staged_is_undone() -> None:
    """The first event of the undo takes all of it, and tells of it."""
    evening = Evening()
    evening.give(STAGED)
    evening.give(reveal(*(f"{q},1" for q in range(MAX_HEXES + 10))))
    [staged] = evening.room.table.staged
    assert evening.give(message("staged:undo", changeId=str(staged.id))) is None
    assert len(evening.events) == 5
    assert story(evening) == ["Dee staged: reveal it to all players", "Dee undid: reveal it to all players"]
    steps = [Step(evening.events[n], evening.rooms[n], evening.rooms[n + 1]) for n in (3, 4)]
    assert [sentence(step, MEMBERS) for step in steps] == [
        "Dee undid: reveal 5010 hexes to all players",
        "Dee undid a further part of it",
    ]


def test_how_it_stands_now() -> None:
    """Terrain, who knows it, and what waits."""
    evening = Evening()
    assert how_it_stands(KEY, evening.room, MEMBERS) == "unknown, hidden from players"
    for command in (update(q1r1="swamp"), reveal(KEY, to=[BO, ADA]), STAGED, reveal(KEY), update(q1r1="water")):
        evening.give(command)
    assert how_it_stands(KEY, evening.room, MEMBERS) == "swamp, known to Ada and Bo; 2 staged"
    evening.give(PUBLISH)
    assert how_it_stands(KEY, evening.room, MEMBERS) == "water, known to all players"
    evening.give(update(q2r2="lava"))
    assert what_happened_to(KEY, Step(evening.events[-1], evening.rooms[-2], evening.room), {}) is None
    assert how_it_stands(KEY, evening.room, {}) == "water, known to all players"
