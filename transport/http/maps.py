"""Map files in, the known map out."""

from __future__ import annotations

import asyncio
from functools import partial

from aiohttp import web

from projections.people import Viewer
from transport.http.access import require_dm, require_member
from transport.http.body import read_body
from transport.http.pace import a_pace
from transport.http.services import MAP_IMPORTS, MAP_READING, TABLES, TURNS
from transport.map_file import MAX_MAP_BYTES, read_map

MAPS_AT_ONCE = 8
"""Of which each may take 16 MiB, and more once it is read."""


async def bring_in(request: web.Request) -> web.Response:
    """POST /api/campaigns/ID/map"""
    seat = await require_dm(request)
    async with request.app[MAP_IMPORTS]:
        body = await read_body(request, MAX_MAP_BYTES)
        async with request.app[MAP_READING]:
            parts = await asyncio.to_thread(read_map, body)
        # A large body takes minutes on a slow line, and each part its time to be stored.
        await request.app[TABLES].import_map(seat.campaign, seat.actor, parts, partial(require_dm, request))
    return web.json_response({"hexes": sum(len(part.changes) for part in parts)})


async def hand_out(request: web.Request) -> web.Response:
    """GET /api/campaigns/ID/map"""
    seat = None
    # Until the role in which the map was looked at is still the role: the room may have to be read from the log first.
    while (now := await require_member(request)) != seat:
        seat = now
        async with request.app[TURNS].of(seat.user), a_pace(seat).kept():
            body = await request.app[TABLES].map(seat.campaign, Viewer(seat.user, seat.role))
    return web.Response(body=body, content_type="application/json")
