"""Map files in, the known map out."""

from __future__ import annotations

import asyncio
from functools import partial

from aiohttp import web

from projections.people import Viewer
from transport.http.access import Seat, require_dm, require_member, still_as
from transport.http.body import read_body
from transport.http.pace import a_pace
from transport.http.services import MAP_PLACES, MAP_READING, MAP_TURNS, SETTINGS, TABLES, TURNS
from transport.http.tries import address_of
from transport.map_file import MAX_MAP_BYTES, read_map


async def bring_in(request: web.Request) -> web.Response:
    """POST /api/campaigns/ID/map"""
    seat = await require_dm(request)
    places, address = request.app[MAP_PLACES], address_of(request, request.app[SETTINGS].proxies)
    async with request.app[MAP_TURNS].of(seat.user), places.one(address, seat.user):
        body = await places.arrival(lambda told: read_body(request, MAX_MAP_BYTES, told))
        async with request.app[MAP_READING]:
            parts = await asyncio.to_thread(read_map, body)
        # A large body takes minutes on a slow line, and each part its time to be stored.
        await request.app[TABLES].import_map(seat.campaign, seat.actor, parts, partial(require_dm, request))
    return web.json_response({"hexes": sum(len(part.changes) for part in parts)})


async def hand_out(request: web.Request) -> web.Response:
    """GET /api/campaigns/ID/map"""

    async def look(seat: Seat) -> bytes:
        async with request.app[TURNS].of(seat.user), a_pace(seat).kept():
            return await request.app[TABLES].map(seat.campaign, Viewer(seat.user, seat.role))

    body = await still_as(partial(require_member, request), look)
    return web.Response(body=body, content_type="application/json")
