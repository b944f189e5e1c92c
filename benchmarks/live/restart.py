"""A server that is killed under 2,000 clients, and started again."""

from __future__ import annotations

import json
import time

from benchmarks.live import fogbound
from benchmarks.live.measured import Measured, Results
from benchmarks.live.people import Room, make_rooms, seat_all
from benchmarks.live.postgres import a_database
from benchmarks.live.reveals import REVEALED, reveal
from benchmarks.live.swarm import Fell, Peer, Swarm, counted

ROOMS = 400
PLAYERS = 4
REPETITIONS = 3
KEPT_SECONDS = 3.0


def measure(results: Results) -> None:
    """All clients come back at once, with the id of the last event that they saw."""
    took, resumed = [], []
    with a_database() as database:
        server = fogbound.start(database, 0)
        port = int(server.url.rpartition(":")[2])
        try:
            rooms = make_rooms(server.url, ROOMS, PLAYERS)
            for _ in range(REPETITIONS):
                last_seen = _play(server.url, rooms)
                server.process.kill()
                server.process.communicate()
                start = time.perf_counter()
                server = fogbound.start(database, port)
                listening = time.perf_counter() - start
                continued = _come_back(server.url, rooms, last_seen)
                took.append(time.perf_counter() - start)
                resumed.append(continued)
                results.note(f"listening after {listening:.2f} s; {continued:,} of {ROOMS * (PLAYERS + 1):,} resumed")
        finally:
            server.process.kill()
            server.process.communicate()
    if min(resumed) < ROOMS * (PLAYERS + 1):
        raise Fell(f"only {min(resumed)} clients could resume")
    results.add(Measured("restart", "2,000 clients resumed after kill -9 and a start", "s", took, at_most=3.0))


def _play(url: str, rooms: list[Room]) -> list[str]:
    """Reveals once in each room; the event id that everybody there has seen last."""
    with Swarm() as swarm:
        seen: dict[Peer, str] = {}
        seated = seat_all(swarm, url, rooms)
        for room in seated:
            room.dm.on_message = lambda peer, kind, payload: (
                seen.update({peer: json.loads(payload)["eventId"]}) if kind == REVEALED else None
            )
            room.dm.send(reveal())
        players = [player for room in seated for player in room.players]
        swarm.until(lambda: counted(players, REVEALED) == len(players) and len(seen) == len(seated))
        # Since when somebody plays is kept within a second or so of the first visit.
        swarm.rest(KEPT_SECONDS)
        return [seen[room.dm] for room in seated]


def _come_back(url: str, rooms: list[Room], last_seen: list[str]) -> int:
    """How many were told that they resumed."""
    resumed = 0

    def note(_peer: Peer, kind: bytes, payload: bytes) -> None:
        nonlocal resumed
        resumed += kind == b"connected" and b'"resumed":true' in payload

    with Swarm() as swarm:
        for room, seen in zip(rooms, last_seen, strict=True):
            for member in room.members:
                peer = swarm.add(Peer(url, room.campaign, member.cookie, seen))
                peer.on_message = note
            swarm.turn(0)
        swarm.until(
            lambda: sum(bool(peer.counts[b"player:presence"]) for peer in swarm.peers.values()) == len(swarm.peers)
        )
    return resumed
