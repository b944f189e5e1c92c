"""The other end of a page's WebSocket: says and hears what the test wants, over a real socket."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

PATIENCE = 10.0
"""Seconds until something that must come is given up."""
DEE = {"userId": "dee", "name": "Dee", "online": True, "role": "dm"}
CONNECTED = {"type": "connected", "userId": "dee", "role": "dm", "name": "Dee", "resumed": False}
STATE = {
    "type": "session:state",
    "status": "waiting",
    "broadcastMode": "immediate",
    "connectedPlayers": [DEE],
    "revealedHexes": [],
    "preparing": False,
    "sessionId": None,
    "terrain": [],
    "stagedChanges": [],
    "reveals": [],
}


@dataclass
class Visit:
    """One connection of the page."""

    last_event_id: str | None
    socket: web.WebSocketResponse
    heard: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def say(self, *messages: dict[str, Any]) -> None:
        for message in messages:
            await self.socket.send_json(message)

    async def welcome(self, *, resumed: bool = False) -> None:
        """As the server does it."""
        await self.say({**CONNECTED, "resumed": resumed}, *([] if resumed else [STATE]))

    async def next(self) -> dict[str, Any]:
        """The next frame of the page."""
        async with asyncio.timeout(PATIENCE):
            return await self.heard.get()

    async def ack(self, command: dict[str, Any], event_id: str) -> None:
        await self.say({"type": "ack", "id": command["id"], "eventId": event_id})

    async def close(self, code: int, reason: str = "") -> None:
        await self.socket.close(code=code, message=reason.encode())

    async def gone(self) -> None:
        """Waits until the page has left."""
        async with asyncio.timeout(PATIENCE):
            await self.over.wait()


class Peer:
    """Stands in for the room."""

    def __init__(self) -> None:
        self._visits: asyncio.Queue[Visit] = asyncio.Queue()

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        visit = Visit(request.query.get("lastEventId"), socket)
        self._visits.put_nowait(visit)
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                visit.heard.put_nowait(json.loads(frame.data))
        visit.over.set()
        return socket

    async def visit(self) -> Visit:
        """The next connection of the page."""
        async with asyncio.timeout(PATIENCE):
            return await self._visits.get()

    async def stays_away(self, seconds: float) -> None:
        """Fails if the page connects in that time."""
        await asyncio.sleep(seconds)
        assert self._visits.empty()


class Reception:
    """Sends visits to the peer of the test that runs."""

    def __init__(self) -> None:
        self.peer = Peer()

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        return await self.peer.handle(request)
