"""Very many people who come at once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.live.floors import bare
from benchmarks.live.fogbound import serving
from benchmarks.live.measured import Floor, Measured, Results
from benchmarks.live.people import Room, make_rooms, settle
from benchmarks.live.postgres import a_database
from benchmarks.live.processes import resident_bytes
from benchmarks.live.swarm import Peer, Swarm

ROOMS = 100
PLAYERS = 9
AT_ONCE = 50
REPETITIONS = 3
KNOWN = 10_000
TABS = 11
STATE = b"session:state"


class Joined(NamedTuple):
    """A second; KiB a connection of the server's memory; bytes a connection that the server has sent."""

    rate: float
    memory: float
    sent: float


def measure(results: Results) -> None:
    """1,000 connections into 100 rooms, 50 on their way at a time, until each knows its room."""
    floor = _bare_aiohttp()
    for known in (0, KNOWN):
        runs = []
        for _ in range(REPETITIONS if not known else 1):
            with a_database() as database, serving(database) as server:
                rooms = make_rooms(server.url, ROOMS, PLAYERS)
                if known:
                    _reveal(server.url, rooms, known)
                seats = [
                    (room.campaign, room.members[number].cookie) for number in range(PLAYERS + 1) for room in rooms
                ]
                runs.append(_join(server.url, server.pid, seats))
                if known:
                    crowd = [(rooms[0].campaign, player.cookie) for player in rooms[0].members[1:]] * TABS
                    crowded = [_join(server.url, server.pid, crowd).rate for _ in range(REPETITIONS)]
        _report(results, known, runs, floor)
    results.add(Measured("joining", f"{len(crowd)} into one of these rooms", "/s", crowded))
    _report_growth(results)


def _report(results: Results, known: int, runs: list[Joined], floor: Joined) -> None:
    where = f"1,000 into rooms of {known:,} hexes" if known else "1,000 into 100 rooms"
    rates = [run.rate for run in runs]
    aiohttp = Floor("bare aiohttp", floor.rate)
    results.add(Measured("joining", where, "/s", rates, aiohttp, at_least=None if known else 1_500))
    memory = [run.memory for run in runs]
    aiohttp = Floor("bare aiohttp", floor.memory)
    if not known:
        results.add(Measured("joining", "memory of a connection", "KiB", memory, aiohttp, at_most=20))
    results.add(Measured("joining", f"{where}: sent to each", "KiB", [run.sent / 1024 for run in runs]))


def _report_growth(results: Results) -> None:
    """Everybody in one room: what each is sent must not grow with how many come."""
    sent = []
    for players in (100, 400):
        with a_database() as database, serving(database) as server:
            [room] = make_rooms(server.url, 1, players)
            joined = _join(server.url, server.pid, [(room.campaign, member.cookie) for member in room.members])
            sent.append(joined.sent / (players + 1))
    results.add(
        Measured(
            "joining",
            "400 into one room: sent to each for each member",
            "bytes",
            sent[1:],
            Floor("with 100", sent[0]),
            ratio_at_most=1.5,
        )
    )


def _join(url: str, pid: int, seats: Sequence[tuple[str, str]]) -> Joined:
    """`seats` are campaigns, and cookies of their members."""
    before = resident_bytes(pid)
    with Swarm() as swarm:
        arrived = 0

        def note(_peer: Peer, kind: bytes, _payload: bytes) -> None:
            nonlocal arrived
            arrived += kind == STATE

        start, started = time.perf_counter(), 0
        while arrived < len(seats):
            while started < len(seats) and started - arrived < AT_ONCE:
                swarm.add(Peer(url, *seats[started])).on_message = note
                started += 1
            swarm.turn(10)
        rate = len(seats) / (time.perf_counter() - start)
        settle(swarm)
        swarm.rest(1)
        return Joined(rate, (resident_bytes(pid) - before) / 1024 / len(seats), swarm.received() / len(seats))


def _bare_aiohttp() -> Joined:
    with bare("join", "1200") as (port, pid):
        return _join(f"http://127.0.0.1:{port}", pid, [("x", "x=x")] * (ROOMS * (PLAYERS + 1)))


def _reveal(url: str, rooms: list[Room], hexes: int) -> None:
    """Makes so many hexes known to all in each room."""
    with Swarm() as swarm:
        for room in rooms:
            dm = swarm.add(Peer(url, room.campaign, room.members[0].cookie))
            for first in range(0, hexes, 1_000):
                keys = ",".join(f'"{number // 100},{number % 100}"' for number in range(first, first + 1_000))
                dm.send(f'{{"type":"hex:reveal","id":"{first}","hexKeys":[{keys}],"targets":"all"}}'.encode())
            swarm.until(lambda dm=dm: dm.counts[b"ack"] == hexes // 1_000)  # type: ignore[misc]
            swarm.drop(dm)
