"""One reveal for very many players."""

from __future__ import annotations

import time
from statistics import median

from benchmarks.live.floors import broadcast
from benchmarks.live.fogbound import serving
from benchmarks.live.loads import steady
from benchmarks.live.measured import Floor, Measured, Results
from benchmarks.live.people import make_rooms, seat_all
from benchmarks.live.postgres import a_database
from benchmarks.live.swarm import Swarm

PER_SECOND = 5
COMMANDS = 15
REPETITIONS = 3


def measure(results: Results) -> None:
    """Until the last of them has it; the floor does the same with one insert and ready bytes."""
    for players in (500, 2_000):
        took, floor = [], []
        with (
            a_database() as database,
            serving(database) as server,
            broadcast(players, database) as bare,
            Swarm() as swarm,
        ):
            [seated] = seat_all(swarm, server.url, make_rooms(server.url, 1, players))
            for _ in range(REPETITIONS):
                took.append(median(one[-1] for one in steady(swarm, seated, COMMANDS, PER_SECOND)))
                for _ in range(COMMANDS):
                    floor.append(bare.took()[-1])
                    time.sleep(1 / PER_SECOND)
        results.add(
            Measured(
                "fan-out",
                f"until the last of {players:,} has it",
                "ms",
                [1000 * one for one in took],
                Floor(f"bare insert, {players:,} writes", 1000 * median(floor)),
                at_most=5.0 if players == 500 else None,
                ratio_at_most=1.6,
            )
        )
