"""What happened in plain words, for a DM and for a player."""

from __future__ import annotations

from typing import Any, cast

import pytest

from domain.commands import AnyCommand, ImportMap, RecordArrival, RecordDeparture
from domain.decide import CommandContext
from domain.hexes import Grid
from projections.messages import Push
from projections.room_state import Step
from projections.sentences import sentence, told
from projections.stretches import stretches
from tests.domain.scenario import (
    ADA,
    BO,
    CY,
    END,
    IMMEDIATE,
    NOW,
    PAUSE,
    PUBLISH,
    RESUME,
    STAGED,
    START,
    message,
    reveal,
    update,
)
from tests.laws.evenings import MEMBERS, Evening, map_part

MANY = reveal(*(f"{n % 100},{n // 100}" for n in range(5_001)))
BEGUN, STOPPED = map_part({"1,1": "forest"}, 1, 2, 1, "comes"), map_part({}, 1, 2, 1, "flat")
GRID = Grid(name="Lair", width=1, height=1, hex_size=30, orientation="flat")


@pytest.mark.parametrize(
    ("commands", "words"),
    [
        ([START], "Dee started session 1, with Cy at the table"),
        ([START, PAUSE], "Dee paused the session"),
        ([START, PAUSE, RESUME], "Dee resumed the session"),
        ([START, END], "Dee ended the session"),
        ([STAGED], "Dee began to stage changes"),
        ([STAGED, IMMEDIATE], "Dee went back to showing at once"),
        ([reveal("1,1")], "Dee revealed 1 hex to all players"),
        ([reveal("1,1", "2,2", to=[ADA, BO])], "Dee revealed 2 hexes to Ada and Bo"),
        ([update(q1r1="forest", q2r2="lava")], "Dee set 2 hexes to forest and lava"),
        ([ImportMap((), (), GRID)], "Dee imported 0 hexes of a map"),
        ([ImportMap((("1,1", "forest"),), (("1,1", 3),))], "Dee imported 1 hex of a map"),
        ([BEGUN, STOPPED], "Dee began to take an imported map back"),
        ([BEGUN, STOPPED, map_part({"1,1": "unknown"}, 2, 0, 1, "flat")], "Dee took 1 hex of an imported map back"),
        ([STAGED, reveal("1,1", to=[ADA])], "Dee staged: reveal 1 hex to Ada"),
        ([STAGED, update(q1r1="forest"), message("staged:undo", index=0)], "Dee undid: set 1 hex to forest"),
        ([STAGED, reveal("1,1"), reveal("2,2"), PUBLISH], "Dee published 2 changes"),
        ([STAGED, MANY, PUBLISH], "Dee published 1 change"),
        ([STAGED, MANY, message("staged:undo", index=0)], "Dee undid a further part of it"),
        ([START, STAGED, reveal("1,1"), END], "1 staged change was dropped"),
        ([START, RecordArrival(ADA)], "Ada came to the table"),
        ([START, RecordArrival(ADA), RecordDeparture(ADA)], "Ada left the table"),
    ],
)
def test_for_a_dm(commands: list[AnyCommand], words: str) -> None:
    """Who did what, to how many hexes, for whom; of a discard only what became of the queue."""
    evening = Evening(context=CommandContext(players={ADA, BO, CY}, online=[CY]))
    for command in commands:
        assert evening.give(command) is None
    place = -2 if words.endswith("dropped") else -1
    step = Step(evening.events[place], evening.rooms[place - 1], evening.rooms[place])
    assert sentence(step, MEMBERS) == words


def test_of_who_is_gone_there_is_no_name() -> None:
    """The log knows ids alone."""
    evening = Evening()
    evening.give(START)
    evening.give(reveal("1,1", to=[ADA]))
    steps = [Step(event, evening.rooms[n], evening.rooms[n + 1]) for n, event in enumerate(evening.events)]
    assert [sentence(step, {}) for step in steps] == [
        "A former member started session 1, with nobody else at the table",
        "A former member revealed 1 hex to a former player",
    ]


@pytest.mark.parametrize(
    ("messages", "before", "words"),
    [
        ([{"type": "session:statusChanged", "status": "active"}], "waiting", "The session started"),
        ([{"type": "session:statusChanged", "status": "active"}], "ended", "The session started"),
        ([{"type": "session:statusChanged", "status": "active"}], "paused", "The session went on"),
        ([{"type": "session:statusChanged", "status": "paused"}], "active", "The session was paused"),
        ([{"type": "session:statusChanged", "status": "ended"}], "paused", "The session ended"),
        ([{"type": "dm:preparing", "preparing": True}], "active", "The DM began to prepare"),
        ([{"type": "dm:preparing", "preparing": False}], "active", "The DM is done preparing"),
        ([{"type": "player:joined", "userId": BO}], "active", "Bo came to the table"),
        ([{"type": "player:left", "userId": "nobody"}], "active", "A former member left the table"),
        (
            [{"type": "hex:updated", "changes": [1, 2]}, {"type": "hex:revealed", "hexKeys": ["1,1"]}],
            "active",
            "2 hexes changed; 1 hex revealed to you",
        ),
    ],
)
def test_for_a_player(messages: list[Any], before: Any, words: str) -> None:
    """Made of nothing but the messages that the player got."""
    assert told(cast("list[Push]", messages), before, MEMBERS) == words


@pytest.mark.parametrize(
    "message", [{"type": "staged:changes"}, {"type": "session:statusChanged", "status": "waiting"}]
)
def test_what_no_player_is_told_has_no_words(message: Any) -> None:
    """It would be a fault of ours."""
    with pytest.raises(ValueError, match=r"only a DM|back to waiting"):
        told([message], "active", MEMBERS)


def test_other_events_are_nothing_that_a_session_goes_through() -> None:
    """Stretches are made of the lifecycle alone."""
    evening = Evening()
    evening.give(reveal("1,1"))
    with pytest.raises(ValueError, match="hexes_revealed"):
        stretches(evening.events, NOW)
