"""How many commands the server takes when its DMs never pause."""

from __future__ import annotations

import json
import sys
from statistics import median

from benchmarks.live.cores import output_there
from benchmarks.live.floors import durable_inserts
from benchmarks.live.fogbound import serving
from benchmarks.live.loads import Rate, closed_loop
from benchmarks.live.measured import Floor, Measured, Results
from benchmarks.live.people import make_rooms, seat_all
from benchmarks.live.postgres import a_database
from benchmarks.live.swarm import Swarm

PLAYERS = 4
SECONDS = 3.0
REPETITIONS = 3


def measure(results: Results) -> None:
    """20 and 200 rooms that are all active, and 2,000 of which every tenth is; then the store without a server."""
    with a_database() as database:
        inserts = durable_inserts(database)
        stored = _store(database)
    one, (clients, best) = inserts[1], max(inserts.items(), key=lambda item: item[1])
    for rooms, active in ((20, 20), (200, 200), (2_000, 200)):
        with a_database() as database, serving(database) as server, Swarm() as swarm:
            seated = seat_all(swarm, server.url, make_rooms(server.url, rooms, PLAYERS))
            rates = closed_loop(swarm, seated[:: rooms // active], SECONDS, REPETITIONS, server.pid)
        _report(results, f"{rooms:,} rooms" if rooms == active else f"{rooms:,} rooms, {active} active", rates, one)
    results.add(
        Measured(
            "throughput",
            "the store by itself",
            "/s",
            stored,
            Floor(f"inserts of {clients} C clients", best),
            ratio_at_least=2.0,
        )
    )


def _report(results: Results, rooms: str, rates: list[Rate], floor: float) -> None:
    results.add(
        Measured(
            "throughput",
            f"{rooms}: durable commands",
            "/s",
            [rate.commands for rate in rates],
            Floor("inserts of a C client", floor),
            at_least=10_000,
            ratio_at_least=1.8,
        )
    )
    deliveries = [rate.deliveries for rate in rates]
    results.add(Measured("throughput", f"{rooms}: deliveries", "/s", deliveries, at_least=40_000))
    results.note(
        f"the server used {median(rate.server_share for rate in rates):.0%} of its core, "
        f"the clients {median(rate.load_share for rate in rates):.0%} of theirs"
    )


def _store(database: str) -> list[float]:
    """Events a second of 200 appends that wait at a time, in a process of its own on the server's core."""
    rates: list[float] = json.loads(output_there(sys.executable, "-m", "benchmarks.live.bare_store", database))
    return rates
