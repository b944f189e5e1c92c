"""How far back a room remembers."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import uuid4

import pytest

from domain.aggregate import Occasion, SessionAggregate
from domain.commands import AnyCommand
from domain.decide import Surroundings
from projections.room_state import RoomState, Step, fold
from tests.domain.scenario import CAMPAIGN, DM, NOW, PUBLISH, STAGED, START, reveal, update
from transport.window import WINDOW_HEXES, Window, hexes_of

HUNDRED = [f"{q},0" for q in range(100)]
THOUSANDS = [f"{q},{r}" for q in range(100) for r in range(50)]


def steps(commands: Iterable[AnyCommand]) -> list[Step]:
    """What the commands cause."""
    aggregate, state, made = SessionAggregate.at(CAMPAIGN), RoomState(), []
    for command in commands:
        for event in aggregate.handle(command, Surroundings(players=()), Occasion(DM, NOW, uuid4)):
            made.append(Step(event, state, fold(state, event)))
            state = made[-1].after
    return made


def kept(most: int, all_steps: list[Step]) -> int:
    """How many of them a window keeps: the newest."""
    window = Window(most)
    for step in all_steps:
        window.append(step)
    assert list(window.steps) == all_steps[len(all_steps) - len(window.steps) :]
    return len(window.steps)


@pytest.mark.parametrize("most", [0, 1, 7])
def test_the_newest_are_kept(most: int) -> None:
    """As many as wanted."""
    assert kept(most, steps([START, *[reveal(f"{n},0") for n in range(20)]])) == most


def test_a_thousand_events_of_a_hundred_hexes_are_kept() -> None:
    """Those of an ordinary evening all fit."""
    assert kept(1_000, steps([reveal(*HUNDRED)] * 1_100)) == 1_000


def test_large_events_push_out_more() -> None:
    """What a window takes in memory is bounded, whatever the events are about."""
    large = steps([reveal(*THOUSANDS)] * 30)
    assert kept(1_000, large) == WINDOW_HEXES // len(THOUSANDS)
    assert kept(1_000, [*large, *steps([reveal("1,1")] * 10)]) == WINDOW_HEXES // len(THOUSANDS) - 1 + 10


def test_the_newest_is_kept_however_large() -> None:
    """A publish may be about more hexes than a window has."""
    many = steps([STAGED, *[reveal(*THOUSANDS)] * 20, PUBLISH, START])
    assert kept(1_000, many[:-1]) == 1
    assert kept(0, many) == 0


def test_hexes_are_counted_wherever_they_are() -> None:
    """Revealed, updated, staged, published; what names none counts nothing."""
    commands = [START, reveal("1,1", "2,2"), update(q1r1="sea"), STAGED, reveal("3,3"), update(q3r3="sea"), PUBLISH]
    assert [hexes_of(step) for step in steps(commands)] == [0, 2, 1, 0, 1, 1, 2]
