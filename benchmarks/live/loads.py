"""The two loads that several scenarios put on a server: a DM who reveals at a steady pace, and DMs who never pause."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from benchmarks.live.people import Seated
from benchmarks.live.processes import processor_seconds
from benchmarks.live.reveals import ACK, REVEALED, reveal
from benchmarks.live.swarm import Peer, Swarm, counted

WARM_UP = 1.0

Sample = TypeVar("Sample")


def steady(swarm: Swarm, seated: Seated, commands: int, per_second: float) -> list[list[float]]:
    """For each command the seconds until each player had it, the last one last."""
    return [one_reveal(swarm, seated, 1 / per_second) for _ in range(commands)]


def one_reveal(swarm: Swarm, seated: Seated, every: float = 0.0) -> list[float]:
    """Seconds until each player had it; returns when `every` seconds have passed."""
    arrived: list[float] = []

    def note(_peer: Peer, kind: bytes, _payload: bytes) -> None:
        if kind == REVEALED:
            arrived.append(time.perf_counter() - start)

    for player in seated.players:
        player.on_message = note
    start = time.perf_counter()
    seated.dm.send(reveal())
    swarm.until(lambda: len(arrived) == len(seated.players))
    swarm.rest(every - (time.perf_counter() - start))
    return arrived


class Rate(NamedTuple):
    """A second; the shares are of a core."""

    commands: float
    deliveries: float
    server_share: float
    load_share: float


def closed_loop(swarm: Swarm, rooms: Sequence[Seated], seconds: float, repetitions: int, pid: int) -> list[Rate]:
    """What a server does under it."""
    return under_closed_loop(swarm, rooms, lambda: _rate(swarm, rooms, seconds, pid), repetitions)


def under_closed_loop(
    swarm: Swarm, rooms: Sequence[Seated], measure: Callable[[], Sample], repetitions: int
) -> list[Sample]:
    """What is measured while each DM sends the next reveal when the last one is acknowledged."""

    def again(peer: Peer, kind: bytes, _payload: bytes) -> None:
        if kind == ACK and is_going:
            peer.send(reveal())

    is_going = True
    for room in rooms:
        room.dm.on_message = again
        room.dm.send(reveal())
    swarm.rest(WARM_UP)
    samples = [measure() for _ in range(repetitions)]
    is_going = False
    while swarm.turn(0.3):
        pass
    return samples


def _rate(swarm: Swarm, rooms: Sequence[Seated], seconds: float, pid: int) -> Rate:
    dms = [room.dm for room in rooms]
    players = [player for room in rooms for player in room.players]
    commands, deliveries = counted(dms, ACK), counted(players, REVEALED)
    server, load, start = processor_seconds(pid), time.process_time(), time.perf_counter()
    swarm.rest(seconds)
    took = time.perf_counter() - start
    return Rate(
        (counted(dms, ACK) - commands) / took,
        (counted(players, REVEALED) - deliveries) / took,
        (processor_seconds(pid) - server) / took,
        (time.process_time() - load) / took,
    )
