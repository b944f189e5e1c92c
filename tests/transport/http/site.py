"""A running server with its browsers, for tests of the HTTP calls."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, NamedTuple
from uuid import uuid4

from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer
from multidict import CIMultiDictProxy
from yarl import URL

from domain.commands import ImportMap
from domain.ids import CampaignId, EventId, UserId
from domain.postgres import PostgresStore
from domain.postgres.pool import ConnectionPool
from projections.people import Viewer
from projections.room_state import RoomState
from transport.accounts import Directory
from transport.accounts.authority import Actor
from transport.analytics.report.reports import Reports
from transport.database import connection_pool
from transport.history import AnswersHere, Past
from transport.history.questions import History
from transport.http.app_keys import TURNS, Ready
from transport.http.personal_turns import PersonalTurns
from transport.http.routes import add_routes
from transport.maps.parts import Importer
from transport.rooms.snapshot_store import SnapshotStore
from transport.settings import Settings
from transport.wire.json import wire_json


class Answer(NamedTuple):
    """What came back; `content` is the JSON, or None without a body."""

    status: int
    content: Any
    headers: CIMultiDictProxy[str]
    raw: bytes

    @property
    def code(self) -> str:
        """The code of an error."""
        assert set(self.content) == {"error"}
        assert set(self.content["error"]) == {"code", "message"}
        code: str = self.content["error"]["code"]
        return code

    @property
    def message(self) -> str:
        """The message of an error."""
        message: str = self.content["error"]["message"]
        return message


class Browser:
    """Somebody with cookies of their own."""

    def __init__(self, session: ClientSession) -> None:
        self.session = session
        self.user_id = UserId("")

    async def call(self, method: str, path: str, content: object = None, **more: Any) -> Answer:
        """One HTTP call with `content` as its JSON."""
        if content is not None:
            more["data"] = json.dumps(content).encode()
        if isinstance(more.get("data"), bytes):
            more["data"] = BytesIO(more["data"])
        async with self.session.request(method, path, **more) as response:
            raw = await response.read()
            is_json = response.content_type == "application/json"
            return Answer(response.status, json.loads(raw) if is_json and raw else None, response.headers, raw)

    def cookies(self) -> dict[str, str]:
        """What the browser would send now."""
        return {cookie.key: cookie.value for cookie in self.session.cookie_jar}


@dataclass
class FakeTables:
    """Tables without rooms: remembers what it was asked."""

    here: set[UserId] = field(default_factory=set)
    imported: list[tuple[CampaignId, UserId, Sequence[ImportMap]]] = field(default_factory=list)
    changed: list[CampaignId] = field(default_factory=list)
    gone: list[bytes] = field(default_factory=list)
    hexes: int = 1
    failure: Exception | None = None
    after_a_part: Callable[[], Awaitable[object]] = field(default=lambda: asyncio.sleep(0))
    may_store: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.may_store.set()

    async def map(self, campaign: CampaignId, viewer: Viewer) -> bytes:
        name = f"{campaign} as {viewer.role} {viewer.user_id}"
        return wire_json(
            {
                "name": name,
                "gridWidth": 3,
                "gridHeight": 2,
                "hexSize": 30.5,
                "orientation": "flat",
                "hexes": [
                    {"key": f"{q},0", "q": q, "r": 0, "terrain": "forest", "terrainVariant": None}
                    for q in range(self.hexes)
                ],
            }
        )

    @asynccontextmanager
    async def importer(
        self, campaign: CampaignId, actor: Actor, before_each: Callable[[], Awaitable[object]]
    ) -> AsyncIterator[Importer]:
        if self.failure is not None:
            raise self.failure
        await self.may_store.wait()
        yield FakeImporter(self, campaign, actor.user_id, before_each)

    async def members_changed(self, campaign: CampaignId) -> None:
        self.changed.append(campaign)
        if self.failure is not None:
            raise self.failure

    async def signed_out(self, token_hash: bytes) -> None:
        self.gone.append(token_hash)

    async def online(self, campaign: CampaignId) -> frozenset[UserId]:  # noqa: ARG002 - the Protocol's
        return frozenset(self.here)


@dataclass
class FakeImporter:
    """Into a room in which nothing was done before."""

    tables: FakeTables
    campaign: CampaignId
    actor: UserId
    before_each: Callable[[], Awaitable[object]]
    taken: list[ImportMap] = field(default_factory=list)

    async def look(self) -> RoomState:
        return RoomState()

    async def give(self, parts: Sequence[ImportMap]) -> EventId:
        await self.before_each()
        if not self.taken:
            self.tables.imported.append((self.campaign, self.actor, self.taken))
        self.taken.extend(parts)
        await self.tables.after_a_part()
        return EventId(uuid4())


@dataclass
class Site:
    """A running server and those who talk to it."""

    url: URL
    directory: Directory
    tables: FakeTables
    store: PostgresStore
    turns: PersonalTurns
    pool: ConnectionPool
    _stack: AsyncExitStack

    async def browser(self) -> Browser:
        """Somebody who is not signed in."""
        session = ClientSession(self.url, cookie_jar=CookieJar(unsafe=True))
        return Browser(await self._stack.enter_async_context(session))

    async def person(self, name: str) -> Browser:
        """Somebody who is."""
        browser = await self.browser()
        answer = await browser.call("POST", "/api/people", {"name": name})
        assert answer.status == 201, answer.raw
        browser.user_id = answer.content["userId"]
        return browser

    async def campaign(self, dm: Browser, name: str = "The Sunken Coast") -> str:
        """The path of a new campaign."""
        answer = await dm.call("POST", "/api/campaigns", {"name": name})
        assert answer.status == 201, answer.raw
        return f"/api/campaigns/{answer.content['campaignId']}"

    async def invite(self, dm: Browser, campaign: str, role: str = "player", **more: object) -> str:
        """The token of a new invite."""
        answer = await dm.call("POST", f"{campaign}/invites", {"role": role, **more})
        assert answer.status == 201, answer.raw
        token: str = answer.content["token"]
        return token

    async def member(self, dm: Browser, campaign: str, name: str, role: str = "player") -> Browser:
        """Somebody who came in by an invite."""
        browser = await self.browser()
        token = await self.invite(dm, campaign, role)
        answer = await browser.call("POST", "/api/invites/redeem", {"token": token, "name": name})
        assert answer.status == 200, answer.raw
        browser.user_id = answer.content["userId"]
        return browser


@asynccontextmanager
async def a_site(
    database: str,
    ready: Ready | None = None,
    also: Sequence[web.RouteDef] = (),
    history: History | None = None,
    **settings: Any,
) -> AsyncIterator[Site]:
    """A server with these settings, and these routes beside ours, on a free port of 127.0.0.1."""
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(connection_pool(database))
        store = await stack.enter_async_context(PostgresStore(database))
        wanted = Settings(**{"tries_per_minute": 0, **settings})
        directory, tables = Directory(pool, wanted.bounds), FakeTables()
        app = web.Application()
        add_routes(
            app,
            directory=directory,
            tables=tables,
            past=history or AnswersHere(Past(store, SnapshotStore(pool)), directory, Reports(pool)),
            settings=wanted,
            base_url=lambda: wanted.public_url or str(server.make_url("")).rstrip("/"),
            ready=ready,
        )
        app.add_routes(also)
        server = TestServer(app)
        stack.push_async_callback(server.close)
        await server.start_server(auto_decompress=False)  # as the runner of our own does
        yield Site(server.make_url("/"), directory, tables, store, app[TURNS], pool, stack)
