"""A long queue, published in one go."""

from __future__ import annotations

import time
from statistics import median

from benchmarks.live.floors import broadcast
from benchmarks.live.fogbound import serving
from benchmarks.live.measured import Floor, Measured, Results
from benchmarks.live.people import make_rooms, seat_all
from benchmarks.live.postgres import a_database
from benchmarks.live.reveals import ACK, REVEALED, reveal
from benchmarks.live.swarm import Swarm, counted

CHANGES = 200
PLAYERS = 5
REPETITIONS = 5
LISTS = b"staged:changes"


def measure(results: Results) -> None:
    """200 staged reveals, each sent when the one before is acknowledged; then the publish."""
    published, staging, lists = [], [], []
    with a_database() as database, serving(database) as server, broadcast(PLAYERS, database) as bare, Swarm() as swarm:
        [seated] = seat_all(swarm, server.url, make_rooms(server.url, 1, PLAYERS))
        seated.dm.send(b'{"type":"broadcast:mode","mode":"staged"}')
        swarm.rest(0.3)
        floor = 1000 * median(bare.took()[-1] for _ in range(100))
        for repetition in range(1, REPETITIONS + 1):
            before, lists_before = seated.dm.received, seated.dm.counts[LISTS]
            for _ in range(CHANGES):
                wanted = seated.dm.counts[ACK] + 1
                seated.dm.send(reveal())
                swarm.until(lambda wanted=wanted: seated.dm.counts[ACK] == wanted)  # type: ignore[misc]
            swarm.rest(0.3)
            staging.append((seated.dm.received - before) / 1e6)
            lists.append(seated.dm.counts[LISTS] - lists_before)
            start = time.perf_counter()
            seated.dm.send(b'{"type":"broadcast:publish"}')
            swarm.until(lambda times=repetition: counted(seated.players, REVEALED) == times * PLAYERS)  # type: ignore[misc]
            published.append(1000 * (time.perf_counter() - start))
            swarm.rest(0.3)
    results.add(
        Measured(
            "staged",
            f"publish of {CHANGES}: until the last player has it",
            "ms",
            published,
            Floor("bare insert, 5 writes", floor),
            at_most=3.0,
        )
    )
    results.add(Measured("staged", f"to the DM while {CHANGES} are staged", "MB", staging, at_most=1.0))
    results.note(f"in {median(lists):.0f} lists")
