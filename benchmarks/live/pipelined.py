"""A DM whose program sends everything at once."""

from __future__ import annotations

import time

from benchmarks.live.floors import durable_inserts
from benchmarks.live.fogbound import serving
from benchmarks.live.measured import Floor, Measured, Results
from benchmarks.live.people import make_rooms, seat_all
from benchmarks.live.postgres import a_database
from benchmarks.live.reveals import ACK, REVEALED, reveal
from benchmarks.live.swarm import Swarm, counted, frame

COMMANDS = 2_000
PLAYERS = 4
REPETITIONS = 5


def measure(results: Results) -> None:
    """2,000 reveals back to back; an acknowledged one is durable."""
    received, durable = [], []
    with a_database() as database, serving(database) as server, Swarm() as swarm:
        floor = COMMANDS / durable_inserts(database, [1])[1]
        [seated] = seat_all(swarm, server.url, make_rooms(server.url, 1, PLAYERS))
        for repetition in range(1, REPETITIONS + 1):
            data = b"".join(frame(reveal()) for _ in range(COMMANDS))
            wanted = repetition * COMMANDS
            start = time.perf_counter()
            seated.dm.send_raw(data)
            swarm.until(lambda wanted=wanted: counted(seated.players, REVEALED) == wanted * PLAYERS)  # type: ignore[misc]
            received.append(1000 * (time.perf_counter() - start))
            swarm.until(lambda wanted=wanted: seated.dm.counts[ACK] == wanted)  # type: ignore[misc]
            durable.append(1000 * (time.perf_counter() - start))
    inserts = Floor("2,000 inserts of a C client", 1000 * floor)
    what = f"{COMMANDS:,} reveals of one DM"
    results.add(Measured("pipelined", f"{what}: all received", "ms", received, inserts, at_most=300))
    results.add(Measured("pipelined", f"{what}: all durable", "ms", durable, inserts, at_most=300))
