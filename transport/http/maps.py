"""Map files in, the known map out."""

from __future__ import annotations

import asyncio
from functools import partial

from aiohttp import web

from projections.messages import MapView
from projections.people import Viewer
from transport.http.access import require_dm, require_member
from transport.http.body import read_body
from transport.http.services import MAP_IMPORTS, MAP_READING, TABLES
from transport.map_file import MAX_MAP_BYTES, read_map
from transport.wire_json import wire_json

MAPS_AT_ONCE = 8
"""Of which each may take 16 MiB, and more once it is read."""

_SLICE = 2_000
"""Hexes encoded at a time, for about a millisecond, in which nothing else runs."""


async def bring_in(request: web.Request) -> web.Response:
    """POST /api/campaigns/ID/map"""
    seat = await require_dm(request)
    async with request.app[MAP_IMPORTS]:
        body = await read_body(request, MAX_MAP_BYTES)
        async with request.app[MAP_READING]:
            parts = await asyncio.to_thread(read_map, body)
        # A large body takes minutes on a slow line, and each part its time to be stored.
        await request.app[TABLES].import_map(seat.campaign, seat.user, parts, partial(require_dm, request))
    return web.json_response({"hexes": sum(len(part.changes) for part in parts)})


async def hand_out(request: web.Request) -> web.Response:
    """GET /api/campaigns/ID/map"""
    seat = None
    # Until the role in which the map was looked at is still the role: the room may have to be read from the log first.
    while (now := await require_member(request)) != seat:
        seat = now
        view = await request.app[TABLES].map(seat.campaign, Viewer(seat.user, seat.role))
    return web.Response(body=await asyncio.to_thread(_encoded, view), content_type="application/json")


def _encoded(view: MapView) -> bytes:
    """In slices, between which the tables in play have their turn: a whole map takes 60 ms."""
    hexes = view["hexes"]
    slices = (wire_json(hexes[start : start + _SLICE])[1:-1] for start in range(0, len(hexes), _SLICE))
    rest: dict[str, object] = {**view}
    del rest["hexes"]
    around = wire_json({**rest, "hexes": []})
    return around.removesuffix(b"]}") + b",".join(slices) + b"]}"
