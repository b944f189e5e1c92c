"""What Python looks at when it looks for garbage, counted in objects."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterator, Mapping
from uuid import uuid4

import pytest

from domain.aggregate import CommandMetadata, SessionAggregate
from domain.commands import ImportMap
from domain.decide import CommandContext
from projections.room_state import RoomState, replay
from tests.domain.scenario import CAMPAIGN, DM, NOW
from transport.event_loop.garbage import collect_rarely

HEXES = 50_000
PART = 2_500

MOST = 30_000
"""Looked at in ten milliseconds."""


@pytest.fixture
def passes() -> Iterator[Mapping[int, list[int]]]:
    """With the collector as in a server: of each generation how many objects each pass has looked at."""
    seen = defaultdict[int, list[int]](list)

    def see(phase: str, pass_: Mapping[str, int]) -> None:
        if phase == "start":
            generation = pass_["generation"]
            seen[generation].append(sum(len(gc.get_objects(young)) for young in range(generation + 1)))

    before = gc.get_threshold()
    gc.collect()
    collect_rarely()
    gc.callbacks.append(see)
    yield seen
    gc.callbacks.remove(see)
    gc.set_threshold(*before)
    gc.unfreeze()


def test_no_pass_looks_at_a_whole_map(passes: Mapping[int, list[int]]) -> None:
    """While it comes in, or a log is folded that has it: nobody is answered meanwhile."""
    aggregate, room = SessionAggregate.at(CAMPAIGN), RoomState()
    keys = [f"{number % 400},{number // 400}" for number in range(HEXES)]
    for start in range(0, HEXES, PART):
        some = keys[start : start + PART]
        part = ImportMap([(key, "forest") for key in some], [(key, "old") for key in some])
        events = aggregate.handle(part, CommandContext(players=()), CommandMetadata(DM, NOW, uuid4))
        aggregate.collect_events()
        room = replay(events, room)
    assert len(room.variants) == HEXES
    assert max(map(max, passes.values())) < MOST
    assert passes[1], "no pass over the second generation: this has shown nothing of it"
    assert not passes[2]
