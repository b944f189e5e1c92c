"""For those who keep the server running."""

from __future__ import annotations

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from domain.store import StoreUnavailable
from transport.directory.refusals import NothingHere
from transport.http.services import READY, SETTINGS


async def is_alive(_: web.Request) -> web.Response:
    """GET /healthz: the process answers."""
    return web.json_response({"status": "ok"})


async def is_ready(request: web.Request) -> web.Response:
    """GET /readyz: events can be committed."""
    if not await request.app[READY]():
        raise StoreUnavailable("not able to commit")
    return web.json_response({"status": "ok"})


async def metrics(request: web.Request) -> web.Response:
    """GET /metrics: for Prometheus, where the settings say so."""
    if not request.app[SETTINGS].metrics:
        raise NothingHere
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
