"""The WebSocket at /ws: lets somebody in, hands frames to the room, and closes with a code."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from time import monotonic, monotonic_ns

import structlog
from aiohttp import WSMsgType, web

from domain.refusals import InvalidJson
from domain.store import StoreUnavailable
from transport import metrics
from transport.connection import CLOSE_SECONDS, Connection
from transport.conversation import refusal
from transport.deflate import WINDOW_BITS
from transport.directory import Directory
from transport.door import Guest, TurnedAway, let_in
from transport.http.pace import Pace
from transport.http.problems import BadRequest
from transport.outcome import Order
from transport.person_rates import PersonRates
from transport.pulse import TICK_SECONDS, Pulse
from transport.room import Room
from transport.rooms import Rooms
from transport.settings import Settings
from transport.table_socket import TableSocket
from transport.token_bucket import TokenBucket

WEIGHT_CHARACTERS = 1024
"""A command weighs 1 for each so many characters begun: what it costs us grows with its size."""

_log = structlog.get_logger()

MOST_UNANSWERED = 1_000
"""Weight of a connection's commands that wait for the store; beyond that its socket is read no further."""

OPENING_BEAT = 0.25
"""Seconds: to open a room takes the longer the more has happened since its snapshot, also in secret."""

DOOR_SECONDS = 10.0
"""How long somebody waits at most for those who came to the same room before."""

OF_THE_UPGRADE = ("Connection", "Upgrade", "Sec-WebSocket-Extensions", "Sec-WebSocket-Key", "Sec-WebSocket-Version")


class WebSocketEntrance:
    """The handler of GET /ws."""

    def __init__(self, directory: Directory, rooms: Rooms, settings: Settings) -> None:
        self._directory = directory
        self._rooms = rooms
        self._settings = settings
        self._rates = PersonRates(settings.commands_per_second, settings.command_burst)

    async def enter(self, request: web.Request) -> web.WebSocketResponse:
        """Returns when the connection is over."""
        socket = TableSocket(
            heartbeat=self._settings.heartbeat_seconds,
            # aiohttp refuses what reaches its limit, we what exceeds ours.
            max_msg_size=self._settings.frame_bytes + 1,
            timeout=CLOSE_SECONDS,
            # Pings are counted, as whatever makes us answer.
            autoping=False,
            # Large states are compressed. What a client sends is unpacked to no more than it may send at all.
            compress=True,
        )
        if not all(request.headers.get(name, "").isascii() for name in OF_THE_UPGRADE):
            raise BadRequest("This is no WebSocket")  # the framework would take it for a fault of ours
        await socket.prepare(request)
        try:
            await self._attend(request, socket)
        except TurnedAway as turned_away:
            await _turn_away(socket, turned_away)
        except StoreUnavailable:
            await _turn_away(socket, TurnedAway.for_now())
        except Exception:
            # What the framework would answer is no frame.
            _log.exception("connection_failed", campaign=request.query.get("campaignId"))
            await _turn_away(socket, TurnedAway.for_now())
        return socket

    async def _attend(self, request: web.Request, socket: TableSocket) -> None:
        guest = await let_in(request, self._directory, self._settings)
        is_open = self._rooms.open_room(guest.campaign) is not None
        pace = Pace(OPENING_BEAT if guest.role == "player" and not is_open else 0)
        async with self._rooms.visit(guest.campaign) as room:
            await pace.beat()
            connection = await self._join(request, socket, guest, room)
            if connection is None:
                return
            pulse = Pulse(connection, min(TICK_SECONDS, self._settings.heartbeat_seconds))
            try:
                with self._rates.of(guest.user_id) as rate:
                    await self._listen(socket, connection, room, rate)
            finally:
                pulse.stop()
                room.gathering.leave(connection)
                await connection.closed()

    async def _join(self, request: web.Request, socket: TableSocket, guest: Guest, room: Room) -> Connection | None:
        """None if the socket is gone. Raises TurnedAway, StoreUnavailable."""
        last_event_id, reads_packed = request.query.get("lastEventId"), socket.compress == WINDOW_BITS
        async with room.gathering.ready_for(guest.user_id, last_event_id, packs=reads_packed), _a_turn(room.door):
            await self._rooms.bring_up_to_date(room)
            # Asked last: from here to the join nobody else has a turn.
            member = room.gathering.members.get(guest.user_id)
            if member is not None and member.role == "dm" and await self._rooms.has_ended(room, guest.token_hash):
                raise TurnedAway.not_signed_in()
            if room.gathering.is_over:
                raise TurnedAway.for_now()
            member = room.gathering.members.get(guest.user_id)
            if member is None:
                raise TurnedAway.no_member()
            if guest.token_hash in self._rooms.recent_sign_outs:
                raise TurnedAway.not_signed_in()
            if self._rooms.takes_nobody or not self._rooms.lease.is_held:
                raise TurnedAway.for_now()
            if not room.gathering.is_ready_for(guest.user_id, last_event_id):
                raise TurnedAway.for_now()
            if request.transport is None:
                return None  # gone while we looked: nobody else may stumble over what is left
            connection = Connection(
                member,
                socket,
                request.transport,
                backlog_limit=self._settings.backlog_bytes,
                token_hash=guest.token_hash,
                reads_packed=reads_packed,
            )
            room.gathering.join(connection, last_event_id)
            room.gathering.keep_newest(guest.user_id, self._settings.tabs)
            return connection

    async def _listen(self, socket: TableSocket, connection: Connection, room: Room, rate: TokenBucket) -> None:
        clock = asyncio.get_running_loop().time
        socket.seconds_to_arrive = lambda: connection.arrival.seconds(monotonic())
        async for frame in socket:
            # What arrives during a shutdown was never taken: the client sends it to whom it connects to next.
            if not connection.is_open or self._rooms.is_closing:
                continue
            weight = 1
            if frame.type is WSMsgType.TEXT:
                weight += len(frame.data) // WEIGHT_CHARACTERS
                _hear(frame.data, weight, connection, room)
            elif frame.type is WSMsgType.BINARY:
                metrics.count_refused_frame()
                connection.say(refusal(InvalidJson()))
                connection.flush()
            elif frame.type is WSMsgType.PING:
                await socket.pong(frame.data)
            elif frame.type is WSMsgType.PONG:
                connection.arrival.ponged(monotonic())
            if connection.unanswered > MOST_UNANSWERED:
                await connection.relief(MOST_UNANSWERED)
            wait = rate.take(clock(), weight)
            if wait > 0 or weight > 1:
                await asyncio.sleep(wait)
            del frame  # it may be large, and the next one may come in an hour


@asynccontextmanager
async def _a_turn(door: asyncio.Semaphore) -> AsyncIterator[None]:
    """Raises TurnedAway if very many wait before."""
    try:
        async with asyncio.timeout(DOOR_SECONDS):
            await door.acquire()
    except TimeoutError:
        raise TurnedAway.for_now() from None
    try:
        yield
    finally:
        door.release()


def _hear(text: str, weight: int, connection: Connection, room: Room) -> None:
    heard = connection.conversation.hear(text)
    if isinstance(heard, dict):
        metrics.count_refused_frame()
        connection.say(heard)
        connection.flush()
        return
    connection.unanswered += weight
    reply = partial(connection.answer, heard.id, weight)
    user = connection.viewer.user_id
    room.submit(Order(heard, user, reply, heard.id, monotonic_ns(), connection.told_from, connection))


async def _turn_away(socket: web.WebSocketResponse, turned_away: TurnedAway) -> None:
    await socket.send_str(turned_away.message())
    await socket.close(code=turned_away.close_code, message=turned_away.reason.encode())
