"""Where the time of one command goes: each stage by itself, in a process of its own on the server's core.

The stages are the program's own functions, in the order in which a command passes them. What the event loop, aiohttp's
reader and the tasks add between them is the rest of what the server uses for a command under load.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from typing import NamedTuple, cast
from uuid import uuid4

from benchmarks.live.bare_store import ACTOR
from benchmarks.live.cores import output_there
from benchmarks.live.fogbound import serving
from benchmarks.live.loads import closed_loop
from benchmarks.live.measured import Measured, Results
from benchmarks.live.people import make_rooms, seat_all
from benchmarks.live.postgres import a_database
from benchmarks.live.reveals import reveal
from benchmarks.live.swarm import Swarm
from domain.aggregate import CommandMetadata, SessionAggregate
from domain.append import Append
from domain.commands import RevealHexes
from domain.decide import CommandContext
from domain.event_codec import encode
from domain.events import Event
from domain.ids import CampaignId
from domain.postgres import PostgresStore
from domain.postgres.rows import append_columns
from projections.people import People
from projections.room_state import RoomState, fold
from projections.views import ANY_DM, ANY_PLAYER, messages_for
from transport.event_loop.garbage import collect_rarely
from transport.wire.conversation import Conversation
from transport.wire.frames import message_frame

TIMES = 2_000
SAMPLES = 15
ROOMS, PLAYERS = 20, 4
NOBODY = People({}, frozenset())


class Stage(NamedTuple):
    name: str
    microseconds: float


def measure(results: Results) -> None:
    """The stages, and in the end what the whole server uses for a command when it is busy."""
    with a_database() as database:
        stages = _in_a_process(database)
        with serving(database) as server, Swarm() as swarm:
            rooms = seat_all(swarm, server.url, make_rooms(server.url, ROOMS, PLAYERS))
            rates = closed_loop(swarm, rooms, 3.0, 3, server.pid)
    for stage in stages:
        results.add(Measured("one command", stage.name, "us", [stage.microseconds]))
    whole = [1e6 * rate.server_share / rate.commands for rate in rates]
    results.add(Measured("one command", f"all that a server with {ROOMS} busy rooms uses", "us", whole))


WAIT = "append: until it is durable, alone"
WRITE = "write to a socket, each"


def stages(database: str) -> list[Stage]:
    """Medians of many rounds."""
    collect_rarely()
    conversation, aggregate = Conversation("dm"), SessionAggregate.at(CampaignId(uuid4()))
    text = reveal().decode()
    command = cast(RevealHexes, conversation.hear(text))
    context, metadata = CommandContext(players=()), CommandMetadata(ACTOR, datetime.now(UTC), uuid4, command.id)
    [event] = aggregate.handle(command, context, metadata)
    room = RoomState()
    after = fold(room, event)
    [told] = messages_for(ANY_PLAYER, event, room, after, NOBODY)
    framed = message_frame(told)
    append = Append.of([event])

    def decide() -> None:
        aggregate.handle(command, context, CommandMetadata(ACTOR, datetime.now(UTC), uuid4, command.id))
        aggregate.collect_events()

    def view() -> None:
        for view in (ANY_DM, ANY_PLAYER):
            messages_for(view, event, room, after, NOBODY)

    return [
        _timed("parse the frame's text", lambda: conversation.hear(text)),
        _timed("decide, and make the event", decide),
        _timed("encode the event", lambda: encode(event)),
        _timed("encode the rows of a batch of one", lambda: append_columns([append])),
        _timed("fold", lambda: fold(room, event)),
        _timed("view, for DMs and for players", view),
        _timed("encode the frames, two", lambda: (message_frame(told), message_frame(told))),
        _write(framed),
        *asyncio.run(_appended(database, event)),
    ]


def _timed(name: str, act: Callable[[], object]) -> Stage:
    rounds = []
    for _ in range(SAMPLES):
        start = time.perf_counter()
        for _ in range(TIMES):
            act()
        rounds.append((time.perf_counter() - start) / TIMES)
    return Stage(name, 1e6 * median(rounds))


def _write(framed: bytes) -> Stage:
    """A send that the client's side has room for; the reading is not counted."""
    rounds = []
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.create_connection(listening.getsockname()) as client,
        listening.accept()[0] as served,
    ):
        served.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(SAMPLES * TIMES // 100):
            start = time.perf_counter()
            for _ in range(100):
                served.send(framed)
            rounds.append((time.perf_counter() - start) / 100)
            missing = 100 * len(framed)
            while missing:
                missing -= len(client.recv(65_536))
    return Stage(WRITE, 1e6 * median(rounds))


async def _appended(database: str, event: Event) -> list[Stage]:
    """One append after the other: what each waits, and what of that is this process computing."""
    async with PostgresStore(database) as store:
        version, waited = event.originator_version, []
        computed = time.process_time()
        for number in range(TIMES):
            following = event.model_copy(
                update={"originator_version": version + number, "event_id": uuid4(), "command_id": str(number)}
            )
            start = time.perf_counter()
            await store.append([following])
            waited.append(time.perf_counter() - start)
        computed = time.process_time() - computed
    return [
        Stage("append: processor time, in a batch of one", 1e6 * computed / TIMES),
        Stage(WAIT, 1e6 * median(waited)),
    ]


def _in_a_process(database: str) -> list[Stage]:
    output = output_there(sys.executable, "-m", "benchmarks.live.one_command", database)
    lines = (line.rsplit("\t", 1) for line in output.splitlines())
    return [Stage(name, float(figure)) for name, figure in lines]


if __name__ == "__main__":
    for one in stages(sys.argv[1]):
        print(f"{one.name}\t{one.microseconds}")
