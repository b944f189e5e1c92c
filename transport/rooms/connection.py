"""One open socket of one person: what waits to be written to it, and when it is closed since it reads too slowly."""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import chain
from time import monotonic

from aiohttp import web

from domain.ids import CommandId
from domain.refusals import Refused
from domain.store import EngineError
from projections.messages import ServerMessage
from projections.people import Member, Viewer
from transport import metrics
from transport.rooms.arrival import Arrival
from transport.rooms.command import Outcome
from transport.rooms.throttle import Throttle
from transport.wire.conversation import Conversation, failure, refusal
from transport.wire.frames import message_frame

READS_TOO_SLOWLY = 4008
TURN_BYTES = 2_000_000
"""That are put together and written in one turn of the loop: a millisecond or two."""

CLOSE_SECONDS = 10.0
"""How long a client may take to answer a close before it is cut off."""


class Connection:
    """Writes never wait: who reads too slowly is closed, and nobody else notices."""

    __slots__ = (
        "_allowance",
        "_closing",
        "_leaving",
        "_limit",
        "_next_turn",
        "_pending",
        "_relieved",
        "_socket",
        "_transport",
        "_unwritten",
        "arrival",
        "conversation",
        "may_command",
        "reads_packed",
        "role_is_new",
        "staged_list",
        "token_hash",
        "unanswered",
        "viewer",
        "visible_since",
        "written",
        "written_at",
    )

    def __init__(
        self,
        member: Member,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport,
        *,
        backlog_limit: int,
        token_hash: bytes,
        reads_packed: bool = False,
    ) -> None:
        """`reads_packed`: the client understands compressed messages."""
        self.viewer = Viewer(member.user_id, member.role)
        self.visible_since = member.visible_since
        """From which version on the member is told everything in this role; tells a role from one that came back."""
        self.token_hash = token_hash
        self.reads_packed = reads_packed
        self.conversation = Conversation(member.role)
        self.staged_list: Throttle | None = None
        self.role_is_new = False
        self.may_command = True
        """Until the sign-in ends."""
        self.arrival = Arrival()
        self.written = 0
        """Bytes, in all."""
        self.written_at = monotonic()
        """When something was written last."""
        self.unanswered = 0
        """The weight of the commands that wait for the store."""
        self._socket = socket
        self._transport = transport
        self._limit = backlog_limit
        self._allowance = 0
        self._pending: list[tuple[bytes, ...]] = []
        self._leaving: deque[tuple[bytes, ...]] = deque()
        self._unwritten = 0
        self._next_turn: asyncio.Handle | None = None
        self._closing: asyncio.Task[None] | None = None
        self._relieved: asyncio.Future[None] | None = None

    @property
    def is_open(self) -> bool:
        """False from the moment it is told to close."""
        return self._closing is None

    @property
    def is_gone(self) -> bool:
        """Whether nothing that it asks for can be answered any more."""
        return not self.is_open or self._transport.is_closing()

    @property
    def has_more(self) -> bool:
        """Whether something is queued."""
        return bool(self._pending)

    @property
    def backlog(self) -> int:
        """Bytes that the client has not taken yet."""
        return self._transport.get_write_buffer_size() + self._unwritten

    @property
    def taken(self) -> int:
        """Bytes that are not ours to keep any more."""
        return self.written - self.backlog

    def change_role(self, member: Member) -> None:
        """From now on the client may do, and is told, what the new role allows; `role_is_new` until it was told so."""
        self.viewer = Viewer(member.user_id, member.role)
        self.visible_since = member.visible_since
        self.conversation.role = member.role
        self.role_is_new = True

    def queue(self, *frames: bytes) -> None:
        """Adds to what the next `flush` writes; these are written in one turn."""
        self._pending.append(frames)

    def flush(self) -> bool:
        """Writes what is queued, in several turns if it is very much. Whether the connection is still open."""
        if self._pending:
            frames, self._pending = self._pending, []
            if self.is_open and not self._transport.is_closing():
                self._write(frames)
        return self.is_open

    def _write(self, frames: list[tuple[bytes, ...]]) -> None:
        backlog = self.backlog
        if backlog > self._limit + self._allowance:
            metrics.SLOW_CLOSES.inc()
            self.close(READS_TOO_SLOWLY, "reads too slowly")
            return
        size = 0
        for together in frames:
            for frame in together:
                size += len(frame)
        # A snapshot of a great map may be larger than the limit by itself: what counts is what piles up behind it.
        self._allowance = max(self._allowance, size) if backlog else size
        self.written += size
        self.written_at = monotonic()
        self.arrival.wrote(self.written_at, size)
        if size <= TURN_BYTES and not self._leaving:
            self._transport.write(b"".join(chain.from_iterable(frames)))
            return
        self._leaving.extend(frames)
        self._unwritten += size
        if self._next_turn is None:
            self._write_some()

    def _write_some(self) -> None:
        self._next_turn = None
        if self._transport.is_closing():
            self._drop_the_rest()
            return
        part, size = list[bytes](), 0
        while self._leaving and size < TURN_BYTES:
            together = self._leaving.popleft()
            part += together
            for frame in together:
                size += len(frame)
        self._unwritten -= size
        self._transport.write(b"".join(part))
        if self._leaving:
            self._next_turn = asyncio.get_running_loop().call_soon(self._write_some)

    def _drop_the_rest(self) -> None:
        self._leaving.clear()
        self._unwritten = 0
        if self._next_turn is not None:
            self._next_turn.cancel()
            self._next_turn = None

    def say(self, message: ServerMessage) -> None:
        """Queues a message for this client alone."""
        self.queue(message_frame(message))

    def answer(self, command_id: CommandId | None, weight: int, outcome: Outcome) -> None:
        """Queues the answer to one of this client's commands."""
        self.unanswered -= weight
        if self._relieved is not None and not self._relieved.done():
            self._relieved.set_result(None)
        match outcome:
            case Refused():
                self.say(refusal(outcome, command_id))
            case EngineError():
                self.say(failure(outcome, command_id))
            case None:
                pass
            case _ if command_id is not None:
                self.say({"type": "ack", "id": command_id, "eventId": str(outcome)})

    async def relief(self, most: int) -> None:
        """Waits while commands of this client that weigh more than `most` are unanswered."""
        while self.unanswered > most:
            self._relieved = asyncio.get_running_loop().create_future()
            await self._relieved

    def close(self, code: int, reason: str) -> None:
        """Says goodbye without waiting; what is queued is not sent any more."""
        if self._closing is None:
            self._drop_the_rest()
            self._closing = asyncio.create_task(self._close(code, reason))

    def cut_off(self) -> None:
        """Ends it without waiting for what is on its way."""
        self._drop_the_rest()
        self._transport.abort()

    async def closed(self) -> None:
        """Waits until a close that was begun has ended."""
        if self._closing is not None:
            await self._closing

    def stop_lists(self) -> None:
        if self.staged_list is not None:
            self.staged_list.stop()
            self.staged_list = None  # it knows this connection, and what its room has written

    async def _close(self, code: int, reason: str) -> None:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._socket.close(code=code, message=reason.encode())
        except TimeoutError:
            pass
        finally:
            self._transport.abort()
