"""People at a table who speak bare JSON over bare sockets: what a stranger's client would do, and no more."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import psycopg

Message = dict[str, Any]
NOT_THERE = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
"""An id of nothing."""

PATIENCE = 10.0
"""Seconds until something that must come is given up."""


class Closed(Exception):
    """The server closed the socket."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


@dataclass
class Socket:
    """One connection; `seen` is all that came, in order."""

    socket: aiohttp.ClientWebSocketResponse
    seen: list[Message] = field(default_factory=list)

    async def send(self, type_: str, **fields: Any) -> None:
        await self.socket.send_str(json.dumps({"type": type_, **fields}))

    async def next(self) -> Message:
        """The next message. Raises Closed."""
        frame = await self.socket.receive(timeout=PATIENCE)
        if frame.type is aiohttp.WSMsgType.CLOSE:
            raise Closed(frame.data)  # the socket's own code is another one when the line ended before it could reply
        if frame.type is not aiohttp.WSMsgType.TEXT:
            raise Closed(self.socket.close_code)
        message: Message = json.loads(frame.data)
        self.seen.append(message)
        return message

    async def until(self, *types: str, when: Callable[[Message], bool] = lambda _: True) -> Message:
        """The next message of one of the types that fits."""
        while True:
            message = await self.next()
            if message["type"] in types and when(message):
                return message

    async def nothing_of(self, *types: str, seconds: float = 0.15) -> None:
        """Fails if such a message comes; others may."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    message = await self.next()
                    assert message["type"] not in types, message
        except TimeoutError:
            return

    async def close_code(self) -> int | None:
        """Waits for the server to close."""
        try:
            while True:
                await self.next()
        except Closed as closed:
            return closed.code


@dataclass
class Person:
    """Somebody signed in, with a cookie jar of their own."""

    url: str
    http: aiohttp.ClientSession
    user_id: str = ""
    name: str = ""

    async def call(self, method: str, path: str, body: Any = None, expect: int = 200) -> Any:
        async with self.http.request(method, f"{self.url}{path}", json=body) as answer:
            assert answer.status == expect, await answer.text()
            return await answer.json() if answer.content_type == "application/json" else None

    async def sign_up(self, name: str) -> Person:
        person = await self.call("POST", "/api/people", {"name": name}, expect=201)
        self.user_id, self.name = person["userId"], name
        return self

    async def open(self, campaign: str | None, last_event_id: str | None = None, **options: Any) -> Socket:
        """Connects, whatever the server then says."""
        query = {"campaignId": campaign, "lastEventId": last_event_id}
        params = {key: value for key, value in query.items() if value is not None}
        return Socket(await self.http.ws_connect(f"{self.url}/ws", params=params, max_msg_size=0, **options))

    async def join(self, campaign: str, last_event_id: str | None = None) -> Socket:
        """Connects and reads the state and what repeats it, or up to `connected` when resumed."""
        socket = await self.open(campaign, last_event_id)
        connected = await socket.until("connected")
        if not connected["resumed"]:
            await socket.until("session:state")
            await socket.until("dm:preparing")
        return socket

    async def fresh_state(self, campaign: str) -> Message:
        """What a new connection is shown."""
        socket = await self.open(campaign)
        state = await socket.until("session:state")
        await socket.socket.close()
        return state


@dataclass
class Table:
    """A campaign on a server, its people and their first sockets."""

    url: str
    database: str
    campaign: str
    dm: Person
    players: dict[str, Person]
    sockets: dict[str, Socket]
    new_person: Callable[[], Person]

    def log(self) -> list[tuple[Any, ...]]:
        """(type, actor, session_id, command_id, data) of the campaign's events in order, straight from PostgreSQL."""
        return self.log_of(self.campaign)

    def log_of(self, campaign: str) -> list[tuple[Any, ...]]:
        """The same of another campaign."""
        with psycopg.connect(self.database) as connection:
            return connection.execute(
                "select type, actor::text, session_id, command_id, data from event_log"
                " where campaign_id = %s order by version",
                (campaign,),
            ).fetchall()

    def topics(self) -> list[str]:
        """The types of the campaign's events in order."""
        return [row[0] for row in self.log()]

    async def invite(self, person: Person, role: str = "player") -> None:
        """Makes the person a member."""
        made = await self.dm.call("POST", f"/api/campaigns/{self.campaign}/invites", {"role": role}, expect=201)
        await person.call("POST", "/api/invites/redeem", {"token": made["token"]})

    async def wait_for_log(self, *topics: str) -> None:
        """Until the log holds these types, in this order."""
        async with asyncio.timeout(PATIENCE):
            while await asyncio.to_thread(self.topics) != list(topics):  # noqa: ASYNC110 - it is another server's
                await asyncio.sleep(0.02)


@asynccontextmanager
async def a_table(url: str, database: str, players: Sequence[str]) -> AsyncIterator[Table]:
    """A new campaign with everybody connected."""
    sessions: list[aiohttp.ClientSession] = []

    def new_person() -> Person:
        # A connection for each call: one that is kept may be closed by the server just when it is used again.
        connector = aiohttp.TCPConnector(force_close=True)
        sessions.append(aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.CookieJar(unsafe=True)))
        return Person(url, sessions[-1])

    try:
        dm = await new_person().sign_up("Dee")
        campaign = (await dm.call("POST", "/api/campaigns", {"name": "Fog"}, expect=201))["campaignId"]
        table = Table(url, database, campaign, dm, {}, {}, new_person)
        for name in players:
            table.players[name] = await new_person().sign_up(name)
            await table.invite(table.players[name])
        table.sockets["dm"] = await dm.join(campaign)
        for name, person in table.players.items():
            table.sockets[name] = await person.join(campaign)
        yield table
    finally:
        for session in sessions:
            await session.close()
