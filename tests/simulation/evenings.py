"""Many evenings, one after the other, and the shortest story of each in which something went wrong."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import structlog

from projections import snapshots
from tests.simulation.clocks import REAL_SECONDS
from tests.simulation.evening import Played, play

SNAPSHOT_EVENTS = 5
"""After which a room is kept: many rooms of an evening are opened from what was kept, and from what came after it."""

COLLECT_AFTER = 20
"""Evenings: what they leave is freed between them, and not in the middle of one."""


class Player:
    """Plays evenings. Failures that a server tells its operator of are among what went wrong."""

    def __init__(self) -> None:
        self._said: list[str] = []
        self._played = 0

    @classmethod
    @contextmanager
    def ready(cls) -> Iterator[Player]:
        """While the block runs nothing is collected but between two evenings."""
        player = cls()
        structlog.configure(processors=[partial(_note, player._said)])
        snapshots.SPACING = SNAPSHOT_EVENTS
        gc.disable()
        try:
            yield player
        finally:
            gc.enable()

    def play(self, seed: int, left_out: Iterable[int] = ()) -> Played:
        """See tests.simulation.evening.play."""
        self._said.clear()
        played = play(seed, self._said, frozenset(left_out))
        self._played += 1
        if self._played % COLLECT_AFTER == 0:
            gc.collect()
        return played

    def shortened(self, played: Played) -> Played:
        """The same with as little as is needed for something to go wrong."""
        left_out: set[int] = set()
        for number in range(played.deeds):
            shorter = self.play(played.seed, {*left_out, number})
            if shorter.wrong:
                left_out.add(number)
                played = shorter
        return played


def play_all(seeds: Iterable[int], *, tells_all: bool) -> int:
    """Prints what went wrong, with its story, and at last how much was played; 1 if anything did."""
    begin, evenings, commands, troubles, turns, wrong = REAL_SECONDS(), 0, 0, 0, 0, 0
    with Player.ready() as player:
        for seed in seeds:
            played = player.play(seed)
            evenings += 1
            commands += played.commands
            troubles += played.troubles
            turns += played.turns
            if played.wrong:
                wrong += 1
                played = player.shortened(played)
            if played.wrong or tells_all:
                print(f"evening {seed}, {played.digest}", *played.story, *played.wrong, sep="\n")
    seconds = REAL_SECONDS() - begin
    print(
        f"{evenings} evenings with {commands} commands, {troubles} troubles and {turns} turns"
        f" in {seconds:.1f} s: {wrong} went wrong"
    )
    return int(wrong > 0)


def _note(said: list[str], _logger: object, method: str, event: MutableMapping[str, Any]) -> str:
    if method in ("error", "critical", "exception"):
        said.append(f"a server's log: {event}")
    raise structlog.DropEvent
