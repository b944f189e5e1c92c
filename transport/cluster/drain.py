"""A server that ends while others go on hands its people over: not all at once, and nothing gets lost on the way."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog

from transport.rooms.connection import Connection
from transport.rooms.registry import GOING_AWAY, Rooms
from transport.rooms.room import Room

log = structlog.get_logger()

NOTICE = 1 / 3
"""The part of the time in which a proxy can find out, from `/readyz`, that it should send nobody here any more."""

REST_SECONDS = 1.0
"""How long a room may take to store and answer what it has taken."""


async def drain(rooms: Rooms, seconds: float) -> None:
    """Closes all sockets with 1001, a table after the other, within about `seconds`; newcomers are sent away."""
    rooms.is_draining = True
    log.info("drains", seconds=seconds)
    await asyncio.sleep(seconds * NOTICE)
    rooms.takes_nobody = True
    leaving = [(room, connection) for room in rooms.open_rooms() for connection in room.projection.subscribers]
    clock = asyncio.get_running_loop().time
    begin, pause = clock(), seconds * (1 - NOTICE) / max(1, len(leaving))
    # Without a database each of them would wait for its room to rest: those that are left are closed with the server.
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds * (1 - NOTICE) + REST_SECONDS):
            for number, (room, connection) in enumerate(leaving, 1):
                await _send_away(room, connection)
                # A sleep takes a millisecond more than it is told to: of thousands each would come later and later.
                await asyncio.sleep(max(0, begin + number * pause - clock()))


async def _send_away(room: Room, connection: Connection) -> None:
    if connection.unanswered:
        with suppress(TimeoutError):
            await asyncio.wait_for(room.at_rest(), REST_SECONDS)
    connection.flush()
    room.projection.leave(connection)
    connection.close(GOING_AWAY, "server shutdown")
