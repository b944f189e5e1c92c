"""What a long log, many campaigns and many open rooms change."""

from __future__ import annotations

import time
from statistics import median
from typing import NamedTuple
from uuid import UUID

from rich.progress import track

from benchmarks.live.fogbound import serving
from benchmarks.live.loads import Rate, closed_loop, steady
from benchmarks.live.measured import Floor, Measured, Results
from benchmarks.live.people import Room, make_rooms, seat, seat_all, settle
from benchmarks.live.postgres import a_database
from benchmarks.live.processes import resident_bytes
from benchmarks.live.reveals import ACK
from benchmarks.live.swarm import Peer, Swarm
from benchmarks.long_logs import fill_with_campaigns, fill_with_one_table
from domain.ids import CampaignId

EVENTS = 1_000_000
MANY_EVENTS = 10_000_000
PLAYERS = 4
ROOMS = 20
OPEN_ROOMS, MANY_OPEN_ROOMS = 500, 5_000
HEXES = 1_000
COLD = (100, 10_000, 100_000)
COLD_MS = 50.0
REPETITIONS = 2
SNAPSHOT_SECONDS = 1.5
"""In which a room is kept."""
COLD_SECONDS = 4.0
"""After which a room that nobody is in has left memory."""


class Pace(NamedTuple):
    latency: float
    rates: list[Rate]


def measure(results: Results) -> None:
    """Beside a million events of other campaigns, cold rooms, and the memory of open ones."""
    _beside_others(results, EVENTS)
    _cold_rooms(results)
    _open_rooms(results, OPEN_ROOMS)


def measure_long(results: Results) -> None:
    """Beside ten million events, which take some minutes to write, and with 5,000 open rooms."""
    _beside_others(results, MANY_EVENTS)
    _open_rooms(results, MANY_OPEN_ROOMS)


def _beside_others(results: Results, events: int) -> None:
    with a_database() as database:
        empty = _pace(database)
        written = fill_with_campaigns(database, events)
        full = _pace(database)
    beside = f"beside {written / 1e6:.0f} million events"
    results.add(
        Measured(
            "growth",
            f"latency {beside}",
            "ms",
            [full.latency],
            Floor("with an empty log", empty.latency),
            ratio_at_most=1.15,
        )
    )
    results.add(
        Measured(
            "growth",
            f"commands {beside}",
            "/s",
            [rate.commands for rate in full.rates],
            Floor("with an empty log", median(rate.commands for rate in empty.rates)),
            ratio_at_least=0.87,
        )
    )


def _pace(database: str) -> Pace:
    """Without the tables of the analysts, which would be filled meanwhile."""
    with serving(database, FOGBOUND_ANALYTICS="false") as server, Swarm() as swarm:
        seated = seat_all(swarm, server.url, make_rooms(server.url, ROOMS, PLAYERS))
        latency = 1000 * median(took for one in steady(swarm, seated[0], 100, 20) for took in one)
        return Pace(latency, closed_loop(swarm, seated, 2.0, 3, server.pid))


def _cold_rooms(results: Results) -> None:
    """The first join to a room that is not in memory: until its DM has the state."""
    with a_database() as database, serving(database, FOGBOUND_ANALYTICS="false") as server:
        rooms = make_rooms(server.url, len(COLD), 0)
        for events, room in zip(COLD, rooms, strict=True):
            fill_with_one_table(database, events, CampaignId(UUID(room.campaign)))
        # The log was written past the server, so that there is no snapshot yet.
        first = [_join(server.url, room).cold for room in rooms]
        joins = [[_join(server.url, room) for room in rooms] for _ in range(REPETITIONS)]
    for number, events in enumerate(COLD):
        warm = Floor("a second tab", median(each[number].warm for each in joins))
        what = f"joining a cold room of {events:,} events"
        results.add(Measured("growth", what, "ms", [each[number].cold for each in joins], warm, at_most=COLD_MS))
    results.note(f"the longest one without a snapshot: {first[-1]:,.0f} ms")


class Join(NamedTuple):
    """Milliseconds until the room's first member, and then another tab, has the state."""

    cold: float
    warm: float


def _join(url: str, room: Room) -> Join:
    """Leaves the room cold again."""
    with Swarm() as swarm:
        took = []
        for _ in range(2):
            start = time.perf_counter()
            peer = swarm.add(Peer(url, room.campaign, room.members[0].cookie))
            swarm.until(lambda peer=peer: bool(peer.counts[b"session:state"]))  # type: ignore[misc]
            took.append(1000 * (time.perf_counter() - start))
        swarm.rest(SNAPSHOT_SECONDS)
    time.sleep(COLD_SECONDS)
    return Join(*took)


def _open_rooms(results: Results, count: int) -> None:
    """Each with its DM's connection, which is counted in."""
    with a_database() as database, serving(database) as server, Swarm() as swarm:
        rooms = make_rooms(server.url, count, 0)
        before = resident_bytes(server.pid)
        keys = ",".join(f'"{number // 40},{number % 40}"' for number in range(HEXES))
        for room in track(rooms, "opening rooms", transient=True):
            dm = seat(swarm, server.url, room).dm
            dm.send(f'{{"type":"hex:reveal","id":"all","hexKeys":[{keys}],"targets":"all"}}'.encode())
            swarm.until(lambda dm=dm: bool(dm.counts[ACK]))  # type: ignore[misc]
        settle(swarm)
        each = (resident_bytes(server.pid) - before) / 1024 / count
    what = f"memory of each of {count:,} open rooms of {HEXES:,} hexes, with its DM"
    results.add(Measured("growth", what, "KiB", [each], at_most=64))
