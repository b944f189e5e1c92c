"""The client: one person's seat at one table."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import aiohttp
from aiohttp import WSMsgType

from projections.messages import Connected, ServerMessage
from projections.viewer_state import ViewerState
from transport.client.backoff import Backoff
from transport.client.close_codes import ABNORMAL, NORMAL
from transport.client.dialogue import Answer, Dialogue
from transport.client.errors import Closed, CommandRefused, Unreachable
from transport.client.http_calls import HttpCalls
from transport.client.line import Line, Socket
from transport.client.patience import STATE_SECONDS

GOODBYE_SECONDS = 1.0
"""For the server to answer a goodbye: a line that is given up as dead brings none."""


class Client(HttpCalls):
    """Use it as `async with Client(url) as client`, sign up or redeem a link, then `connect`.

    A connection that breaks is made anew by itself, and commands that are unanswered then are sent again
    with their old ids: each is executed once.
    """

    def __init__(
        self,
        url: str,
        *,
        new_id: Callable[[], str] = lambda: uuid4().hex,
        random: Callable[[], float] = random.random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`url` is the server's, `http://host:port`. Must be called in a running event loop."""
        # Without `unsafe` cookies of servers whose name is a bare address are not kept.
        super().__init__(url, aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
        self._new_id = new_id
        self._sleep = sleep
        self._backoff = Backoff(random)
        self._campaign: str | None = None
        self._dialogue = Dialogue()
        self._answers: dict[str, asyncio.Future[str]] = {}
        self._news: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line: Line | None = None
        self._keeping_up: asyncio.Task[None] | None = None
        self._closed: Closed | None = Closed(NORMAL, "not connected")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.disconnect()
        await self._session.close()

    @property
    def state(self) -> ViewerState:
        """All that we know of the table. Changes in place with every message."""
        return self._dialogue.state

    @property
    def messages(self) -> Sequence[ServerMessage]:
        """The newest messages, the latest last."""
        return self._dialogue.messages

    @property
    def greeting(self) -> Connected | None:
        """What the server said when it last let us in: who we are, and whether it resumed."""
        return self._dialogue.me

    @property
    def is_live(self) -> bool:
        """Whether `state` follows the table at this moment."""
        return self._dialogue.in_step

    async def connect(self, campaign: str) -> None:
        """Returns once we are in. Raises Closed if the server does not let us in.

        From then on `state` is up to date; only after a resume, which coming back to the same campaign is,
        what was missed may still be on its way. Tries for ever while the server can't be reached.
        """
        await self.disconnect()
        if campaign != self._campaign:
            self._campaign, self._dialogue = campaign, Dialogue()
        self._closed = None
        self._line = Line(self._dialogue, self._open_socket, self._backoff, sleep=self._sleep, on_frame=self._heard)
        self._keeping_up = asyncio.create_task(self._keep_up(self._line))
        await self.until_live()

    async def disconnect(self) -> None:
        """Leaves the table. Unanswered commands raise Closed and are not sent again."""
        if self._keeping_up is not None:
            self._keeping_up.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeping_up
            self._keeping_up = None

    async def send(self, kind: str, **fields: Any) -> str:
        """Sends a command, fields as in the protocol, and returns the id of its event once that is stored.

        Raises CommandRefused or Closed. While there is no connection it waits for the next one. If the wait
        is cancelled the command may have been carried out or not; it is not sent again.
        """
        self._raise_if_closed()
        command_id = self._new_id()
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._answers[command_id] = answer
        self._dialogue.ask(command_id, kind, fields)
        try:
            await self._pump()
            return await answer
        finally:
            del self._answers[command_id]
            self._dialogue.forget(command_id)

    async def until(
        self,
        condition: Callable[[ViewerState], bool],
        timeout: float | None = None,  # noqa: ASYNC109 - callers that wait for nothing else need no block
    ) -> ViewerState:
        """Waits until the state is such; `timeout` in seconds. Raises TimeoutError, or Closed."""
        async with asyncio.timeout(timeout):
            while not condition(self.state):
                self._raise_if_closed()
                await asyncio.shield(self._news)
        return self.state

    async def until_live(self) -> None:
        """Waits until there is a connection. Raises Closed."""
        await self.until(lambda _: self.is_live)

    async def fresh_state(self) -> ViewerState:
        """What a new connection of ours is told; one is opened for it. Raises Closed, Unreachable."""
        beside = Dialogue()
        try:
            async with asyncio.timeout(STATE_SECONDS), await self._open_socket(None) as socket:
                while not beside.in_step:
                    frame = await socket.receive()
                    if frame.type is WSMsgType.CLOSE:
                        raise Closed(frame.data, frame.extra or "")
                    if frame.type is not WSMsgType.TEXT:
                        raise Closed(ABNORMAL, "the connection broke")
                    beside.hear(frame.data)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unreachable(str(error)) from error
        return beside.state

    async def _open_socket(self, last_event_id: str | None) -> Socket:
        query = {"campaignId": self._campaign or ""}
        if last_event_id is not None:
            query["lastEventId"] = last_event_id
        return await self._session.ws_connect(
            self._url.with_path("/ws").with_query(query),
            timeout=aiohttp.ClientWSTimeout(ws_close=GOODBYE_SECONDS),
            compress=15,
            max_msg_size=0,  # a DM's state of a great map has more than the 4 MiB that are usual
        )

    async def _pump(self) -> None:
        if self._line is not None:
            await self._line.pump()

    async def _keep_up(self, line: Line) -> None:
        closed = Closed(NORMAL, "disconnected")
        try:
            closed = Closed(*await line.keep_up())
        except Exception as fault:
            # Raised where somebody waits: here nobody would see it.
            closed = Closed(ABNORMAL, f"a message is not understood: {fault!r}")
            closed.__cause__ = fault
        finally:
            self._finish(closed)

    def _heard(self, answer: Answer | None) -> None:
        if answer is not None and answer.command_id in self._answers:
            waiting = self._answers[answer.command_id]
            if waiting.done():
                pass
            elif isinstance(answer.outcome, CommandRefused):
                waiting.set_exception(answer.outcome)
            else:
                waiting.set_result(answer.outcome)
        self._tell_news()

    def _finish(self, closed: Closed) -> None:
        self._closed = closed
        for waiting in self._answers.values():
            if not waiting.done():
                waiting.set_exception(closed.once_more())
        self._tell_news()

    def _tell_news(self) -> None:
        self._news.set_result(None)
        self._news = asyncio.get_running_loop().create_future()

    def _raise_if_closed(self) -> None:
        if self._closed is not None:
            raise self._closed.once_more()
