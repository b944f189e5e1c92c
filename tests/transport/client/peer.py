"""A server made of a few lines, which does to a client whatever a test tells it to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

Message = dict[str, Any]
Scene = Callable[["Call"], Awaitable[None]]
"""What happens on one connection; when it returns the connection is closed with 1001."""

STATE: Message = {
    "type": "session:state",
    "status": "waiting",
    "broadcastMode": "immediate",
    "connectedPlayers": [],
    "revealedHexes": [],
    "preparing": False,
    "sessionId": None,
    "terrain": [],
}


class Call:
    """One connection, from the server's side."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self.last_event_id = request.query.get("lastEventId")
        self._transport = request.transport

    async def say(self, *messages: Message) -> None:
        for message in messages:
            await self.socket.send_str(json.dumps(message))

    async def greet(self, *, resumed: bool = False, **state: Any) -> None:
        """Lets the client in."""
        await self.say({"type": "connected", "userId": "u", "role": "dm", "name": "Wren", "resumed": resumed})
        if not resumed:
            await self.say({**STATE, **state})

    async def hear(self) -> Message:
        """The next frame of the client."""
        frame = await self.socket.receive(timeout=5)
        assert frame.type is WSMsgType.TEXT, frame
        heard: Message = json.loads(frame.data)
        return heard

    async def answer(self, command: Message, event_id: str) -> None:
        await self.say({"type": "ack", "id": command["id"], "eventId": event_id})

    async def refuse(self, command: Message, code: str) -> None:
        await self.say({"type": "error", "id": command["id"], "code": code, "message": f"because of {code}"})

    async def close(self, code: int, reason: str = "") -> None:
        await self.socket.close(code=code, message=reason.encode())

    def break_off(self) -> None:
        """As when a cable is pulled: no close frame, no code."""
        assert self._transport is not None
        self._transport.abort()

    async def stay(self) -> None:
        """Until the client goes."""
        async for _ in self.socket:
            pass


class Peer:
    """Plays a scene a connection; whoever comes after the last one gets it once more."""

    def __init__(self, *scenes: Scene) -> None:
        self._scenes = scenes
        self.calls: list[Call] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        call = Call(socket, request)
        self.calls.append(call)
        await self._scenes[min(len(self.calls), len(self._scenes)) - 1](call)
        await socket.close(code=1001)
        return socket


@asynccontextmanager
async def a_peer(*scenes: Scene) -> AsyncIterator[Peer]:
    """Listening, at `url`."""
    peer = Peer(*scenes)
    app = web.Application()
    app.router.add_get("/ws", peer.handle)
    async with TestServer(app) as server:
        peer.url = str(server.make_url("/"))
        yield peer


class Waits:
    """A sleep that takes no time and remembers what it was asked for."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._asked = asyncio.Condition()

    async def __call__(self, seconds: float) -> None:
        async with self._asked:
            self.seconds.append(seconds)
            self._asked.notify_all()
        await asyncio.sleep(0)

    async def until(self, times: int) -> None:
        """Returns when it was called that often."""
        async with self._asked:
            await self._asked.wait_for(lambda: len(self.seconds) >= times)
