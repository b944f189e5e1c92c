"""The WebSocket to the table: kept up until somebody ends it for good."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import aiohttp
from aiohttp import WSMsgType

from transport.client.backoff import Backoff
from transport.client.close_codes import ABNORMAL, FRAME_OVER_LIMIT, reconnects
from transport.client.dialogue import Answer, Dialogue
from transport.client.patience import Patience

Socket = aiohttp.ClientWebSocketResponse

PAUSE_SECONDS = 0.5
"""Until commands are sent again that the server could not store."""


class Line:
    """Moves text between a socket and the dialogue, and opens the next socket when one breaks."""

    def __init__(
        self,
        dialogue: Dialogue,
        open_socket: Callable[[str | None], Awaitable[Socket]],
        backoff: Backoff,
        *,
        sleep: Callable[[float], Awaitable[None]],
        on_frame: Callable[[Answer | None], None],
    ) -> None:
        """`open_socket` is given the event id to resume at; `on_frame` is told after each frame."""
        self._dialogue = dialogue
        self._open_socket = open_socket
        self._backoff = backoff
        self._sleep = sleep
        self._on_frame = on_frame
        self._socket: Socket | None = None
        self._patience = Patience(0)
        self._waiting: asyncio.Timeout | None = None
        self._writing = asyncio.Lock()

    async def keep_up(self) -> tuple[int, str]:
        """Runs until the server closes for good, and returns the close code and the reason."""
        while True:
            code, reason = await self._one_connection()
            if not reconnects(code):
                return code, reason
            if code == FRAME_OVER_LIMIT:
                self._on_frame(self._dialogue.give_up_largest())
            await self._sleep(self._backoff.next())

    async def pump(self) -> None:
        """Writes what is due. What does not get through is due again on the next connection."""
        async with self._writing:
            # One by one: whoever is cancelled in here leaves the rest to the next.
            while self._socket is not None and (frame := self._dialogue.next_due()) is not None:
                self._await_answer()
                with suppress(aiohttp.ClientError, OSError):
                    await self._socket.send_str(frame)

    async def _one_connection(self) -> tuple[int, str]:
        """Returns the close code and the reason."""
        self._patience = Patience(asyncio.get_running_loop().time())
        try:
            # A line may be dead from the beginning: it is taken by something that never says a word.
            async with asyncio.timeout_at(self._patience.ends):
                self._socket = await self._open_socket(self._dialogue.last_event_id)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return ABNORMAL, str(error)
        self._dialogue.begin()
        try:
            return await self._listen(self._socket)
        finally:
            socket, self._socket = self._socket, None
            self._dialogue.in_step = False
            await socket.close()

    def _await_answer(self) -> None:
        """The connection is given up when the oldest command has no answer for too long, whatever else comes."""
        self._patience.awaits(asyncio.get_running_loop().time(), *self._dialogue.oldest_sent)
        if self._waiting is not None:
            self._waiting.reschedule(self._patience.ends)

    async def _next_frame(self, socket: Socket) -> aiohttp.WSMessage | None:
        """None when the connection is to be given up."""
        try:
            async with asyncio.timeout_at(self._patience.ends) as self._waiting:
                return await socket.receive()
        except TimeoutError:
            return None
        finally:
            self._waiting = None

    async def _listen(self, socket: Socket) -> tuple[int, str]:
        pause: asyncio.Task[None] | None = None
        clock = asyncio.get_running_loop().time
        try:
            while True:
                frame = await self._next_frame(socket)
                if frame is None:
                    return ABNORMAL, "nothing was heard for too long"
                if frame.type is WSMsgType.CLOSE:
                    return frame.data, frame.extra or ""
                if frame.type is not WSMsgType.TEXT:
                    return ABNORMAL, "the connection broke"
                was_in_step = self._dialogue.in_step
                self._on_frame(self._dialogue.hear(frame.data))
                self._patience.heard(clock(), state_is_due=self._dialogue.state_is_due)
                self._await_answer()
                if self._dialogue.in_step and not was_in_step:
                    self._backoff.reset()
                    await self.pump()
                if self._dialogue.pausing and (pause is None or pause.done()):
                    pause = asyncio.create_task(self._pause())
        finally:
            if pause is not None:
                pause.cancel()

    async def _pause(self) -> None:
        await self._sleep(PAUSE_SECONDS)
        self._dialogue.end_pause()
        await self.pump()
