"""A running server: opens what it needs, listens, and goes away politely."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from functools import partial

import structlog
from aiohttp import web

from domain.postgres import PostgresStore
from transport import metrics
from transport.accounts import Directory
from transport.analytics.projector import feeding
from transport.analytics.warden import warding
from transport.cluster.drain import drain
from transport.cluster.lease import Lease
from transport.cluster.membership import ClusterMembership
from transport.cluster.notifications import Notifications
from transport.database import connection_pool
from transport.event_loop.supervision import note_failure
from transport.history.worker_process import WorkerProcess
from transport.observability.chosen import followers
from transport.rooms.log_growth import LogGrowth
from transport.rooms.snapshot_store import SnapshotStore
from transport.server.app import ROOMS, make_app
from transport.server.commit_check import CommitCheck
from transport.server.open_files import room_for
from transport.server.runner import Runner
from transport.settings import Settings

log = structlog.get_logger()

SHUTDOWN_SECONDS = 5.0
"""How long requests that are under way may take once the sockets are closed. The framework waits for it twice."""

BACKLOG = 1_024
"""Connections that the kernel accepts before we do: after a restart everybody comes at once."""


@asynccontextmanager
async def running(settings: Settings, database_url: str) -> AsyncIterator[str]:
    """A server on `settings.host` and `settings.port` while the block runs; gives its URL, with the port it got.

    The database must be migrated. Raises StoreUnavailable if it does not answer, OSError if the port is taken.
    """
    membership = ClusterMembership(database_url, Lease(settings.lease_seconds))
    growth = LogGrowth(settings.log_megabytes_per_day)
    async with (
        PostgresStore(
            database_url,
            on_commit=metrics.count_commit,
            on_append=growth.count,
            on_fault=partial(note_failure, "commits"),
        ) as store,
        connection_pool(database_url) as pool,
        followers(settings, membership.node) as following,
    ):
        # Whatever is logged from here on says which server it was.
        structlog.contextvars.bind_contextvars(node=str(membership.node))
        metrics.POOL_WAITING.set_function(lambda: pool.waiting)

        def listening_at() -> str:
            return f"http://{_in_a_url(settings.host)}:{runner.addresses[0][1]}"

        app = make_app(
            store,
            Directory(pool, settings.bounds),
            SnapshotStore(pool),
            WorkerProcess(database_url),
            settings=settings,
            base_url=lambda: settings.public_url or listening_at(),
            ready=CommitCheck(store.check).can_commit,
            membership=membership,
            notifications=Notifications(database_url, lambda: store.writer_process, membership.node),
            followers=following,
            growth=growth,
        )
        runner = Runner(
            app,
            most=room_for(settings.connections),
            idle_seconds=settings.idle_seconds,
            shutdown_seconds=SHUTDOWN_SECONDS,
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, settings.host, settings.port, backlog=BACKLOG)
            await site.start()
            url = listening_at()
            log.info("listening", url=url)
            async with (
                warding(pool, settings.analyst_seconds),
                feeding(database_url) if settings.analytics else nullcontext(),
            ):
                yield url
            if membership.others and settings.drain_seconds:
                await drain(app[ROOMS], settings.drain_seconds)
        finally:
            await runner.cleanup()
            log.info("stopped")


def told_to_stop() -> asyncio.Event:
    """Set at SIGINT (Ctrl-C) or SIGTERM. To be called before anybody can know that the server is ready."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    return told


def _in_a_url(host: str) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{shown}]" if ":" in shown else shown
