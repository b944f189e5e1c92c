"""For those who keep the server running."""

from __future__ import annotations

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from domain.store import StoreUnavailable
from transport.accounts.refusals import NothingHere
from transport.http.app_keys import READY, SETTINGS
from transport.http.responses import JsonResponse, answer
from transport.wire.answers import Health


async def is_alive(_: web.Request) -> JsonResponse[Health]:
    """GET /healthz: the process answers."""
    return answer(Health(status="ok"))


async def is_ready(request: web.Request) -> JsonResponse[Health]:
    """GET /readyz: events can be committed."""
    if not await request.app[READY]():
        raise StoreUnavailable("not able to commit")
    return answer(Health(status="ok"))


async def metrics(request: web.Request) -> web.Response:
    """GET /metrics: for Prometheus, where the settings say so."""
    if not request.app[SETTINGS].metrics:
        raise NothingHere
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
