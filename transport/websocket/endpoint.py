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
from domain.store import NewerEvent, StoreUnavailable
from transport import metrics
from transport.accounts import Directory
from transport.http.pace import Pace
from transport.http.problems import BadRequest
from transport.rooms.command import PendingCommand
from transport.rooms.connection import CLOSE_SECONDS, Connection
from transport.rooms.registry import Rooms
from transport.rooms.room import Room
from transport.settings import Settings
from transport.websocket.admission import Admitted, TurnedAway, admit
from transport.websocket.heartbeat import TICK_SECONDS, Heartbeat
from transport.websocket.person_rates import PersonRate, PersonRates
from transport.websocket.table_socket import TableSocket
from transport.wire.conversation import refusal
from transport.wire.deflate import WINDOW_BITS

WEIGHT_CHARACTERS = 1024
"""A command weighs 1 for each so many characters begun: what it costs us grows with its size."""

_log = structlog.get_logger()

MOST_UNANSWERED = 1_000
"""Weight of a connection's commands that wait for the store; beyond that its socket is read no further."""

OPENING_BEAT = 0.25
"""Seconds: to open a room takes the longer the more has happened since its snapshot, also in secret."""

JOINING_BEAT = 0.02
"""Seconds: a room that takes in something large, also something secret, lets nobody in before it is done."""

DOOR_SECONDS = 10.0
"""How long somebody waits at most for those who came to the same room before."""

TURN_WEIGHT = 20
"""Of what one connection sends, heard in a turn of the loop: some milliseconds at most, also of what makes no sense."""

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
        await self.serve(request, socket)
        return socket

    async def serve(self, request: web.Request, socket: TableSocket) -> None:
        """Returns when the connection is over. Whoever can't be served is told by an error and a close code."""
        try:
            await self._attend(request, socket)
        except TurnedAway as turned_away:
            await _turn_away(socket, turned_away)
        except StoreUnavailable:
            await _turn_away(socket, TurnedAway.for_now())
        except NewerEvent:
            await _turn_away(socket, TurnedAway.to_newer())
        except Exception:
            # What the framework would answer is no frame.
            _log.exception("connection_failed", campaign=request.query.get("campaignId"))
            await _turn_away(socket, TurnedAway.for_now())

    async def _attend(self, request: web.Request, socket: TableSocket) -> None:
        admitted = await admit(request, self._directory, self._settings)
        is_open = self._rooms.open_room(admitted.campaign) is not None
        pace = Pace(OPENING_BEAT if admitted.role == "player" and not is_open else 0)
        async with self._rooms.visit(admitted.campaign) as room:
            await pace.beat()
            connection = await self._join(request, socket, admitted, room)
            if connection is None:
                return
            heartbeat = Heartbeat(connection, min(TICK_SECONDS, self._settings.heartbeat_seconds))
            try:
                with self._rates.of(admitted.user_id) as rate:
                    await self._listen(socket, connection, room, rate)
            finally:
                heartbeat.stop()
                room.projection.leave(connection)
                await connection.closed()

    async def _join(
        self, request: web.Request, socket: TableSocket, admitted: Admitted, room: Room
    ) -> Connection | None:
        """None if the socket is gone. Raises TurnedAway, StoreUnavailable."""
        last_event_id, reads_packed = request.query.get("lastEventId"), socket.compress == WINDOW_BITS
        joining = room.projection.joining
        pace = Pace(JOINING_BEAT if admitted.role == "player" else 0)
        await self._rooms.bring_up_to_date(room)
        await pace.beat()
        async with joining.ready_for(admitted.user_id, last_event_id, packs=reads_packed), _a_turn(joining.door):
            await asyncio.sleep(0)  # others have their turn, and there are so many at the door
            # Asked last: from here to the join nobody else has a turn.
            member = room.projection.members.get(admitted.user_id)
            is_dm = member is not None and member.role == "dm"
            if is_dm and await self._rooms.sign_ins.has_ended(room, admitted.token_hash):
                raise TurnedAway.not_signed_in()
            if room.projection.is_over:
                raise TurnedAway.for_now()
            member = room.projection.members.get(admitted.user_id)
            if member is None:
                raise TurnedAway.no_member()
            if self._rooms.sign_ins.was_signed_out(admitted.token_hash):
                raise TurnedAway.not_signed_in()
            if self._rooms.takes_nobody or not self._rooms.lease.is_held:
                raise TurnedAway.for_now()
            if not joining.is_ready_for(admitted.user_id, last_event_id):
                raise TurnedAway.for_now()
            if request.transport is None:
                return None  # gone while we looked: nobody else may stumble over what is left
            connection = Connection(
                member,
                socket,
                request.transport,
                backlog_limit=self._settings.backlog_bytes,
                token_hash=admitted.token_hash,
                reads_packed=reads_packed,
            )
            joining.join(connection, last_event_id)
            room.projection.keep_newest(admitted.user_id, self._settings.tabs)
            return connection

    async def _listen(self, socket: TableSocket, connection: Connection, room: Room, rate: PersonRate) -> None:
        heard = 0
        socket.seconds_to_arrive = lambda: connection.arrival.seconds(monotonic())
        async for frame in socket:
            # What arrives during a shutdown was never taken: the client sends it to whom it connects to next.
            if not connection.is_open or self._rooms.is_closing:
                continue
            weight = 1
            if frame.type is WSMsgType.TEXT:
                weight += len(frame.data) // WEIGHT_CHARACTERS
            # Before it is read: who closes the connection and comes again is not heard sooner.
            if not await rate.take(weight, lambda: connection.is_gone):
                return
            if self._rooms.is_closing:
                continue
            if frame.type is WSMsgType.TEXT:
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
            heard += weight
            if heard >= TURN_WEIGHT:  # what lies ready is read without a pause
                heard = 0
                await asyncio.sleep(0)
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
    room.submit(PendingCommand(heard, user, reply, heard.id, monotonic_ns(), connection.visible_since, connection))


async def _turn_away(socket: web.WebSocketResponse, turned_away: TurnedAway) -> None:
    await socket.send_str(turned_away.message())
    await socket.close(code=turned_away.close_code, message=turned_away.reason.encode())
