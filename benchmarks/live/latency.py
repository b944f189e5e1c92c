"""From a DM's command to the players: at a pace at which people play."""

from __future__ import annotations

import time
from statistics import median

from benchmarks.live.floors import broadcast
from benchmarks.live.fogbound import serving
from benchmarks.live.loads import one_reveal, steady
from benchmarks.live.measured import Floor, Measured, Results
from benchmarks.live.people import make_rooms, seat_all
from benchmarks.live.postgres import a_database
from benchmarks.live.swarm import Swarm

PLAYERS = 5
PER_SECOND = 20
COMMANDS = 100
REPETITIONS = 4


def measure(results: Results) -> None:
    """One room; the floor is asked in turns with the server, so that both have the same machine."""
    paced: list[list[float]] = []
    floor_paced: list[float] = []
    hurried: list[float] = []
    floor_hurried: list[float] = []
    with a_database() as database, serving(database) as server, broadcast(PLAYERS, database) as bare, Swarm() as swarm:
        [seated] = seat_all(swarm, server.url, make_rooms(server.url, 1, PLAYERS))
        for _ in range(REPETITIONS):
            paced.append([took for all_took in steady(swarm, seated, COMMANDS, PER_SECOND) for took in all_took])
            for _ in range(COMMANDS):
                floor_paced += bare.took()
                time.sleep(1 / PER_SECOND)
            hurried.append(median(took for _ in range(COMMANDS) for took in one_reveal(swarm, seated)))
            floor_hurried += [took for _ in range(COMMANDS) for took in bare.took()]
    compound = "bare insert, 5 writes"
    results.add(
        Measured(
            "latency",
            f"command to player, {PER_SECOND}/s",
            "ms",
            [1000 * median(one) for one in paced],
            Floor(compound, 1000 * median(floor_paced)),
            at_most=1.0,
            ratio_at_most=1.5,
        )
    )
    results.add(
        Measured(
            "latency",
            "the slowest in a hundred",
            "ms",
            [1000 * _slowest(one) for one in paced],
            Floor(compound, 1000 * _slowest(floor_paced)),
            at_most=3.0,
        )
    )
    results.add(
        Measured(
            "latency",
            "one command after the other",
            "ms",
            [1000 * one for one in hurried],
            Floor(compound, 1000 * median(floor_hurried)),
            at_most=1.0,
            ratio_at_most=1.5,
        )
    )


def _slowest(took: list[float]) -> float:
    """The 99th percentile."""
    return sorted(took)[int(len(took) * 0.99)]
