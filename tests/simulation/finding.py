"""How soon the simulation finds faults that are put back into the program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import NamedTuple
from unittest.mock import patch

from tests.simulation.evenings import Player
from tests.simulation.faults import FAULTS, Put


class Found(NamedTuple):
    """How a fault showed, and in which evening."""

    evening: int
    what: str


def find_all(names: Sequence[str], most: int) -> int:
    """Those that are named, or all; 1 if one of them did not show in so many evenings."""
    missing = 0
    for fault in FAULTS:
        if not names or fault.__name__ in names:
            found = find(fault, most)
            missing += found is None
            print(f"{fault.__name__}: " + (f"evening {found.evening}: {found.what[:160]}" if found else "not found"))
    return int(missing > 0)


def find(fault: Callable[[Put], None], most: int) -> Found | None:
    """None if it did not show in so many evenings."""
    with ExitStack() as stack:
        fault(lambda place, name, value: stack.enter_context(patch.object(place, name, value)))
        player = stack.enter_context(Player.ready())
        for seed in range(1, most + 1):
            if wrong := player.play(seed).wrong:
                return Found(seed, wrong[0])
    return None
