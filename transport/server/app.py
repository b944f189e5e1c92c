"""The application: which address leads where, and what ends in which order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Sequence
from functools import partial

from aiohttp import web

from domain.store import EventStore
from transport.accounts import Directory
from transport.cluster.membership import ClusterMembership
from transport.cluster.notifications import Notification
from transport.cluster.reconcile import Upkeep
from transport.event_loop.loop_watch import watch_loop
from transport.event_loop.supervision import keep_running
from transport.history.questions import History
from transport.http.app_keys import MAP_READER
from transport.http.pages import add_pages
from transport.http.routes import add_routes
from transport.metrics import Task
from transport.rooms.command_observer import CommandObserver
from transport.rooms.loading import Snapshots
from transport.rooms.log_growth import NO_LIMIT, LogGrowth
from transport.rooms.registry import Rooms
from transport.server.bookkeeping import Bookkeeping
from transport.settings import Settings
from transport.websocket.endpoint import WebSocketEntrance

ROOMS: web.AppKey[Rooms] = web.AppKey("rooms")


def make_app(
    store: EventStore,
    directory: Directory,
    snapshots: Snapshots,
    history: History,
    *,
    settings: Settings,
    base_url: Callable[[], str],
    ready: Callable[[], Awaitable[bool]],
    membership: ClusterMembership,
    notifications: AsyncIterable[Notification],
    followers: Sequence[CommandObserver] = (),
    growth: LogGrowth = NO_LIMIT,
) -> web.Application:
    """Everything behind one port. The store and the directory must be open, and are closed by who opened them.

    `growth` is told by the store of what is stored.
    """
    rooms = Rooms(store, directory, snapshots, membership, settings, followers=followers, growth=growth)
    app = web.Application()
    app[ROOMS] = rooms

    async def is_ready() -> bool:
        return membership.lease.is_held and not rooms.is_draining and await ready()

    add_routes(
        app,
        directory=directory,
        tables=rooms,
        past=history,
        settings=settings,
        base_url=base_url,
        ready=is_ready,
    )
    add_pages(app)
    app.router.add_get("/ws", WebSocketEntrance(directory, rooms, settings).enter)

    async def tend_rooms(_app: web.Application) -> AsyncIterator[None]:
        upkeep = Upkeep(rooms, store, directory, snapshots, membership)
        await upkeep.extend_lease()
        bookkeeping = Bookkeeping(directory, growth)
        work: dict[Task, Callable[[], Awaitable[None]]] = {
            "lease": upkeep.stay_alive,
            "upkeep": upkeep.run,
            "notifications": partial(upkeep.follow, notifications),
            "membership": membership.run,
            "left_behind": upkeep.left_behind.run,
            "bookkeeping": bookkeeping.run,
            "loop_watch": watch_loop,
        }
        tending = [asyncio.create_task(keep_running(task, one), name=task) for task, one in work.items()]
        yield
        for task in tending:
            task.cancel()
        await asyncio.gather(*tending, return_exceptions=True)
        await membership.retire()
        await bookkeeping.write()

    async def close_rooms(_app: web.Application) -> None:
        app[MAP_READER].close()
        await rooms.close()

    async def end_history(_app: web.Application) -> None:
        await history.close()

    app.cleanup_ctx.append(tend_rooms)
    app.on_cleanup.append(end_history)
    app.on_shutdown.append(close_rooms)
    return app
