"""One evening, drawn from a number, and what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from random import Random
from typing import NamedTuple

from projections.room_state import replay
from tests.simulation import deeds
from tests.simulation.checker import Checked
from tests.simulation.clocks import NOW
from tests.simulation.table import SETTINGS, Table
from tests.simulation.troubles import TROUBLES

SECONDS = 6.0
"""That people play, and things go wrong."""

BEGIN = 1.0
"""When they begin."""

PATIENCE_SECONDS = 20.0
"""After everything was healed: by then everybody must be settled, and know what the log shows."""

LOOK_SECONDS = 0.5
"""Between two looks whether it is so."""

NOTICED_SECONDS = 0.7
"""Until a server that has its lease and its line hears of something, and has asked about it."""


class Deed(NamedTuple):
    """Of somebody, or of fate."""

    at: float
    what: Callable[[Table, Random], None]


class Played(NamedTuple):
    """What came of an evening."""

    seed: int
    wrong: list[str]
    story: list[str]
    deeds: int
    """That were planned; they are numbered from 0."""
    commands: int
    troubles: int
    turns: int
    digest: str
    """Of all that was said and heard, and of the log."""


def play(seed: int, complaints: Sequence[str], left_out: Collection[int]) -> Played:
    """The same to the byte each time. Deeds with the numbers `left_out` are not done.

    `complaints` gets what servers tell their operator of failures.
    """
    table = Table(seed)
    plan = list(_plan(table.world.chance))
    for number, deed in enumerate(plan):
        if number not in left_out:
            table.world.after(deed.at, partial(deed.what, table, Random(f"{seed} {number}")))
    try:
        table.world.run(lambda: False, SECONDS)
        table.heal()
        amiss = _play_on(table)
        bound = SETTINGS.lease_seconds + NOTICED_SECONDS
        log = table.database.log()
        checked = Checked(table.history, log, table.database.members, table.database.roles, bound)
        told = hashlib.sha256(repr((table.world.story, table.history, log)).encode())
        return Played(
            seed,
            [*complaints, *table.world.faults, *checked.violations(), *amiss],
            table.world.story,
            len(plan),
            len(table.history.said),
            sum(deed.what in TROUBLES for deed in plan),
            table.world.turns,
            told.hexdigest(),
        )
    finally:
        table.world.end()


def _plan(chance: Random) -> Iterator[Deed]:
    yield Deed(BEGIN, deeds.start)
    at = BEGIN
    for _ in range(chance.randint(6, 18)):
        at += chance.choice((0.0, 0.01, 0.2, chance.uniform(0, 1)))
        if at < SECONDS:
            yield Deed(at, deeds.command)
    for _ in range(chance.choice((0, 1, 2, 3, 5))):
        yield Deed(chance.uniform(0.5, SECONDS), chance.choice(TROUBLES))
    for _ in range(chance.choice((0, 0, 1, 2))):
        yield Deed(chance.uniform(BEGIN, SECONDS), deeds.change_members)
    for _ in range(chance.choice((0, 1, 2))):
        yield Deed(chance.uniform(BEGIN, SECONDS), deeds.come_or_go)
    if chance.random() < 0.1:
        yield Deed(chance.uniform(SECONDS / 2, SECONDS), deeds.all_leave)
    if chance.random() < 0.2:
        yield Deed(chance.uniform(BEGIN, SECONDS), deeds.sign_out)


def _play_on(table: Table) -> list[str]:
    """Until all is well; what is amiss even when patience is at its end."""
    end = NOW.seconds + PATIENCE_SECONDS
    while True:
        table.world.run(lambda: False, LOOK_SECONDS)
        if table.is_settled or NOW.seconds > end:
            amiss = list(table.amiss(replay(table.database.log())))
            if not amiss or NOW.seconds > end:
                return amiss
