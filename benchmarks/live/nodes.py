"""Several servers on one database: what they take together, and what each command costs whom."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from random import Random
from statistics import median
from typing import NamedTuple

import psycopg

from benchmarks.live.cores import anywhere
from benchmarks.live.fogbound import serving
from benchmarks.live.loads import steady, under_closed_loop
from benchmarks.live.measured import Floor, Measured, Results
from benchmarks.live.people import Room, Seated, make_rooms, settle
from benchmarks.live.postgres import a_database
from benchmarks.live.processes import processor_seconds
from benchmarks.live.reveals import ACK
from benchmarks.live.swarm import Peer, Swarm, counted

ROOMS = 40
PLAYERS = 4
SECONDS = 3.0
REPETITIONS = 3
STEADY = 60
PER_SECOND = 20.0


class Costs(NamedTuple):
    """Commands a second, and microseconds of processor time a command."""

    commands: float
    servers: float
    postgres: float


def measure(results: Results) -> None:
    """One, two and four servers, with a table's people at one of them, and anywhere. All share the machine's cores."""
    alone: Costs | None = None
    for servers in (1, 2, 4):
        for case in ("a table at one", "people anywhere") if servers > 1 else ("a table at one",):
            with anywhere(), a_database() as database, ExitStack() as stack, Swarm() as swarm:
                running = [stack.enter_context(serving(database, pinned=False)) for _ in range(servers)]
                urls, pids = [server.url for server in running], [server.pid for server in running]
                rooms = make_rooms(urls[0], ROOMS, PLAYERS)
                seated = list(_seat(swarm, urls, rooms, Random(1) if case == "people anywhere" else None))
                settle(swarm)
                latencies = [median(arrived) for arrived in steady(swarm, seated[0], STEADY, PER_SECOND)]
                postgres = backends(database)
                costs = under_closed_loop(swarm, seated, partial(_costs, swarm, seated, pids, postgres), REPETITIONS)
            alone = alone or _usual(costs)
            _report(results, f"{servers} servers, {case}" if servers > 1 else "1 server", costs, latencies, alone)


def _seat(swarm: Swarm, urls: Sequence[str], rooms: Sequence[Room], random: Random | None) -> Iterator[Seated]:
    for number, room in enumerate(rooms):
        peers = []
        for member in room.members:
            url = urls[number % len(urls)] if random is None else random.choice(urls)
            peers.append(peer := swarm.add(Peer(url, room.campaign, member.cookie)))
            swarm.until(lambda peer=peer: peer.counts[b"session:state"] > 0)  # type: ignore[misc]
        yield Seated(peers[0], peers[1:])


def _costs(swarm: Swarm, rooms: Sequence[Seated], pids: Sequence[int], backends: Sequence[int]) -> Costs:
    dms = [room.dm for room in rooms]
    commands, servers, postgres = counted(dms, ACK), _used(pids), _used(backends)
    start = time.perf_counter()
    swarm.rest(SECONDS)
    took = time.perf_counter() - start
    commands = counted(dms, ACK) - commands
    return Costs(
        commands / took,
        1e6 * (_used(pids) - servers) / commands,
        1e6 * (_used(backends) - postgres) / commands,
    )


def _used(pids: Sequence[int]) -> float:
    return sum(processor_seconds(pid) for pid in pids)


def backends(database: str) -> list[int]:
    """All processes of the database server that stay."""
    with psycopg.connect(database) as connection:
        found = connection.execute("select pid from pg_stat_activity where pid <> pg_backend_pid()")
        return [pid for (pid,) in found]


def _usual(costs: Sequence[Costs]) -> Costs:
    return Costs(*(median(column) for column in zip(*costs, strict=True)))


def _report(results: Results, what: str, costs: Sequence[Costs], latencies: Sequence[float], alone: Costs) -> None:
    columns = list(zip(*costs, strict=True))
    for name, unit, samples, floor in (
        ("durable commands", "/s", columns[0], alone.commands),
        ("servers' time for each", "us", columns[1], alone.servers),
        ("PostgreSQL's time for each", "us", columns[2], alone.postgres),
    ):
        of_one = Floor("of one server", floor) if what != "1 server" else None
        results.add(Measured("nodes", f"{what}: {name}", unit, samples, of_one))  # type: ignore[arg-type]  # a unit
    results.add(Measured("nodes", f"{what}: command to player, 20/s", "ms", [1000 * one for one in latencies]))
