"""What a viewer sees is found without a look at what others see."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from typing_extensions import override

from domain.hexes import HexKey
from projections import snapshots
from projections.room_state import RoomState, fold
from projections.shown_hexes import ShownHexes
from projections.turns import at_once
from projections.views import map_for, state_for
from tests.domain.scenario import ADA, BO, CY, reveal
from tests.laws.evenings import PLAYERS, Evening, evenings
from tests.projections.test_views import ADA_SEES, PEOPLE, played, room_after


class Counted(Mapping[HexKey, Any]):
    """Counts the hexes that somebody looks at."""

    def __init__(self, hexes: Mapping[HexKey, Any]) -> None:
        self._hexes = hexes
        self.looks = 0

    @override
    def __getitem__(self, key: HexKey) -> Any:
        self.looks += 1
        return self._hexes[key]

    @override
    def __iter__(self) -> Iterator[HexKey]:
        for key in self._hexes:
            self.looks += 1
            yield key

    @override
    def __len__(self) -> int:
        return len(self._hexes)


def looks_at(room: RoomState, look: Callable[[RoomState], object]) -> dict[str, int]:
    """How many hexes of each map of the room it takes."""
    counted: dict[str, Any] = {
        name: Counted(getattr(room, name)) for name in ("terrain", "variants", "knowers", "pointy")
    }
    look(room._replace(**counted))
    return {name: one.looks for name, one in counted.items()}


@pytest.mark.parametrize(
    "look",
    [lambda room: state_for(ADA_SEES, room, PEOPLE), lambda room: map_for(ADA_SEES, room, "Fog")],
    ids=["state", "map"],
)
def test_a_view_costs_what_its_viewer_knows(look: Callable[[RoomState], object]) -> None:
    """Else whoever connects again and again could tell by the time how much others know, and hold everybody up."""
    hers = (reveal("1,1", to=[ADA]), reveal("2,2"))
    others = [reveal(*[f"{q},{r}" for q in range(3, 103)], to=to) for r, to in enumerate(([BO], [CY], [BO, CY]))]
    alone, beside_others = room_after(*hers), room_after(*others, *hers)
    assert look(beside_others) == look(alone)
    assert looks_at(beside_others, look) == looks_at(alone, look)


def by_scanning(room: RoomState) -> dict[str, set[HexKey]]:
    """What each player was shown, found in the slow way."""
    return {
        user: {key for key, knowers in room.knowers.items() if knowers is None or user in knowers} for user in PLAYERS
    }


def shown(room: RoomState) -> dict[str, set[HexKey]]:
    return {user: at_once(room.shown.to(user)) for user in PLAYERS}


@given(evenings())
def test_it_says_what_the_knowers_say(evening: Evening) -> None:
    """At every event, also of a room that was kept as a snapshot, and still after all that came later."""
    for room in evening.rooms:
        assert shown(room) == by_scanning(room)
        kept = snapshots.decode(snapshots.encode(room))
        assert shown(kept) == by_scanning(room)
        assert kept == room


def test_two_futures_of_a_room_know_nothing_of_each_other() -> None:
    """Both go on from the same room, which stays as it is."""
    room = room_after(reveal("0,0", to=[ADA, BO]), reveal("1,1"))
    futures = [fold(room, played(command)[0][-1]) for command in (reveal("2,2", to=[ADA]), reveal("3,3", to=[ADA]))]
    futures += [fold(room, played(command)[0][-1]) for command in (reveal("4,4"), reveal("5,5"))]
    for one in (room, *futures):
        assert shown(one) == by_scanning(one)


def test_who_is_named_decides_whether_two_are_equal() -> None:
    """The order in which hexes were shown does not."""
    first, second = (None, ["1,1"]), (frozenset({ADA, BO}), ["2,2"])
    both = ShownHexes().with_more([first, second])
    assert both == ShownHexes().with_more([second]).with_more([first])
    assert both != ShownHexes().with_more([first])
    assert both != ShownHexes().with_more([first, (frozenset({ADA}), ["2,2"])])
    assert both != "2,2"
