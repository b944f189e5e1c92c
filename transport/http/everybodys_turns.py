"""The calls of one browser take turns, so that however many it makes, those of others find a connection free."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable

from aiohttp import web

from transport.http.cookies import cookie_hash
from transport.http.services import CALLS, SETTINGS
from transport.http.tries import address_of

AT_ONCE = 8
WAITING = 250
"""A page makes a few; many people without a cookie may come from one address at once."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def take_turns(request: web.Request, handler: Handler) -> web.StreamResponse:
    """By the cookie, before it is looked up; without one by the address. Raises TooManyCalls."""
    if not request.path.startswith("/api/"):
        return await handler(request)
    who: Hashable = cookie_hash(request) or address_of(request, request.app[SETTINGS].proxies)
    async with request.app[CALLS].of(who):
        return await handler(request)
