"""A server of the simulation: the real rooms, entrance, membership, lease and upkeep on a machine of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, cast

from aiohttp import web
from multidict import CIMultiDict

from domain.ids import UserId
from domain.store import StoreUnavailable
from projections.people import Role
from tests.simulation.database import Database
from tests.simulation.database_line import (
    DatabaseLine,
    DistantDirectory,
    DistantMembership,
    DistantSnapshots,
    DistantStore,
    OutcomeUnknown,
)
from tests.simulation.link import Link
from tests.simulation.world import World
from transport.accounts.tokens import hash_token
from transport.cluster.lease import Lease
from transport.cluster.reconcile import Upkeep
from transport.event_loop.supervision import keep_running
from transport.http.app_keys import KNOWN_COOKIES, SETTINGS, WRONG_COOKIES
from transport.http.cookies import SESSION_COOKIE
from transport.http.known_cookies import KnownCookies
from transport.http.wrong_tries import WrongTries
from transport.metrics import Task
from transport.rooms.registry import Rooms
from transport.settings import Settings
from transport.websocket.endpoint import WebSocketEntrance

START_AGAIN_SECONDS = 0.5
"""After a start at which the database did not answer."""


class Server:
    """Begins when it is made, and takes clients as soon as it has a lease."""

    def __init__(self, world: World, database: Database, name: str, settings: Settings) -> None:
        self.name = name
        self.machine = world.machine(name)
        self.line = DatabaseLine(database, self.machine)
        self.is_listening = False
        self._database = database
        self._settings = settings
        self._app: dict[Any, Any] = {
            SETTINGS: settings,
            KNOWN_COOKIES: KnownCookies(),
            WRONG_COOKIES: WrongTries(settings.tries_per_minute),
        }
        self._tasks: list[asyncio.Task[None]] = []
        self.machine.start(self._begin)

    @property
    def can_be_reached(self) -> bool:
        """Whether somebody who connects to it gets a connection, though perhaps never an answer."""
        return self.is_listening and not self.machine.is_dead

    def take(self, link: Link, user: UserId, last_event_id: str | None) -> None:
        """A client's connection arrives."""
        query = {"campaignId": str(self._database.campaign)}
        if last_event_id is not None:
            query["lastEventId"] = last_event_id
        request = _Request(user, query, link, self._app)
        self.machine.start(partial(self._entrance.serve, cast("web.Request", request), cast("Any", link.socket)))

    def stop(self) -> None:
        """Politely, as SIGTERM does it."""
        self.is_listening = False
        self.machine.start(self._end)

    def change_members(self, user: UserId, role: Role | None, by: UserId, done: Callable[[], object]) -> None:
        """As the HTTP calls do it; `done` is called with their answer, unless that is a failure."""
        database = self._database
        change = partial(database.remove, user, by) if role is None else partial(database.change_role, user, role, by)
        self.machine.start(partial(self._change, change, lambda: self.rooms.members_changed(database.campaign), done))

    def sign_out(self, user: UserId, done: Callable[[], object]) -> None:
        """The same of whoever signs out."""
        end = partial(self._database.sign_out, user)
        self.machine.start(partial(self._change, end, lambda: self.rooms.signed_out(hash_token(user)), done))

    async def _begin(self) -> None:
        self.store, directory = DistantStore(self.line), DistantDirectory(self.line)
        snapshots = DistantSnapshots(self.line)
        membership = DistantMembership(self.line, Lease(self._settings.lease_seconds))
        self.rooms = Rooms(self.store, directory, snapshots, membership, self._settings)
        self._entrance = WebSocketEntrance(cast("Any", directory), self.rooms, self._settings)
        upkeep = Upkeep(self.rooms, self.store, directory, snapshots, membership)
        self._membership = membership
        while True:
            try:
                await upkeep.extend_lease()
                break
            except StoreUnavailable:
                await asyncio.sleep(START_AGAIN_SECONDS)
        self.line.listen()
        work: dict[Task, Callable[[], Awaitable[None]]] = {
            "lease": upkeep.stay_alive,
            "upkeep": upkeep.run,
            "notifications": partial(upkeep.follow, self.line.notifications()),
            "membership": membership.run,
            "left_behind": upkeep.left_behind.run,
        }
        self._tasks = [asyncio.create_task(keep_running(task, one), name=task) for task, one in work.items()]
        self.is_listening = True

    async def _end(self) -> None:
        await self.rooms.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._membership.retire()
        self.machine.die()

    async def _change(
        self, change: Callable[[], object], follow: Callable[[], Awaitable[None]], done: Callable[[], object]
    ) -> None:
        with suppress(StoreUnavailable, OutcomeUnknown):
            await self.line.ask(change)
            await follow()
            done()


class _Request:
    """As much of a request as the entrance reads."""

    secure = False
    remote = "192.0.2.1"

    def __init__(self, user: UserId, query: dict[str, str], link: Link, app: dict[Any, Any]) -> None:
        self.headers: CIMultiDict[str] = CIMultiDict()
        self.cookies = {SESSION_COOKIE: user}
        self.query = query
        self.app = app
        self._link = link

    @property
    def transport(self) -> asyncio.Transport | None:
        """None when it is gone, as the framework has it."""
        return None if self._link.transport.is_closing() else self._link.transport
