"""The application: which address leads where, and what ends in which order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Sequence
from functools import partial

from aiohttp import web

from domain.store import EventStore
from transport.bookkeeping import Bookkeeping
from transport.directory import Directory
from transport.following.follower import Follower
from transport.history.questions import History
from transport.http.routes import add_routes
from transport.log_growth import NO_LIMIT, LogGrowth
from transport.loop_watch import watch_loop
from transport.metrics import Task
from transport.nodes.hints import Hint
from transport.nodes.upkeep import Upkeep
from transport.nodes.whereabouts import Whereabouts
from transport.pages import add_pages
from transport.room_loading import Snapshots
from transport.rooms import Rooms
from transport.settings import Settings
from transport.supervision import keep_running
from transport.websocket import WebSocketEntrance

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
    whereabouts: Whereabouts,
    hints: AsyncIterable[Hint],
    followers: Sequence[Follower] = (),
    growth: LogGrowth = NO_LIMIT,
) -> web.Application:
    """Everything behind one port. The store and the directory must be open, and are closed by who opened them.

    `growth` is told by the store of what is stored.
    """
    rooms = Rooms(store, directory, snapshots, whereabouts, settings, followers=followers, growth=growth)
    app = web.Application()
    app[ROOMS] = rooms

    async def is_ready() -> bool:
        return whereabouts.lease.is_held and not rooms.is_draining and await ready()

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
        upkeep = Upkeep(rooms, store, directory, snapshots, whereabouts)
        await upkeep.extend_lease()
        bookkeeping = Bookkeeping(directory, growth)
        work: dict[Task, Callable[[], Awaitable[None]]] = {
            "lease": upkeep.stay_alive,
            "upkeep": upkeep.run,
            "hints": partial(upkeep.follow, hints),
            "whereabouts": whereabouts.run,
            "left_behind": upkeep.left_behind.run,
            "bookkeeping": bookkeeping.run,
            "loop_watch": watch_loop,
        }
        tending = [asyncio.create_task(keep_running(task, one), name=task) for task, one in work.items()]
        yield
        for task in tending:
            task.cancel()
        await asyncio.gather(*tending, return_exceptions=True)
        await whereabouts.retire()
        await bookkeeping.write()

    async def close_rooms(_app: web.Application) -> None:
        await rooms.close()

    async def end_history(_app: web.Application) -> None:
        await history.close()

    app.cleanup_ctx.append(tend_rooms)
    app.on_cleanup.append(end_history)
    app.on_shutdown.append(close_rooms)
    return app
