"""For whom the database is asked: calls wait for its connections in turns, so that nobody waits for who asks much."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from domain.postgres.pool import ASKING
from transport.http.app_keys import KNOWN_COOKIES, SETTINGS
from transport.http.cookies import cookie_hash
from transport.http.tries import address_of

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def ask_for_caller(request: web.Request, handler: Handler) -> web.StreamResponse:
    """By the cookie if it was found good before: anybody can invent any number of others. Else by the address."""
    cookie = cookie_hash(request)
    is_known = cookie is not None and cookie in request.app[KNOWN_COOKIES]
    ASKING.set(cookie if is_known else address_of(request, request.app[SETTINGS].proxies))
    return await handler(request)
