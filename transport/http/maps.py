"""Map files in, the known map out."""

from __future__ import annotations

import asyncio
from functools import partial

from aiohttp import web

from domain.ids import ImportId
from projections.people import Viewer
from transport.history.map_imports import back_by, came_by
from transport.http.access import Seat, parse_id, require_dm, require_member, still_as
from transport.http.body import read_body
from transport.http.pace import a_pace
from transport.http.problems import BadRequest
from transport.http.services import HISTORY, MAP_PLACES, MAP_READING, MAP_TURNS, SETTINGS, TABLES, TURNS
from transport.http.tries import address_of
from transport.map_file import MAX_MAP_BYTES, read_file
from transport.map_parts import NoSuchImport, bring_in, take_back


async def take_in(request: web.Request) -> web.Response:
    """POST /api/campaigns/ID/map"""
    seat = await require_dm(request)
    only = _import_to_finish(request)
    places, address = request.app[MAP_PLACES], address_of(request, request.app[SETTINGS].proxies)
    async with request.app[MAP_TURNS].of(seat.user), places.one(address, seat.user):
        body = await places.arrival(lambda told: read_body(request, MAX_MAP_BYTES, told))
        async with request.app[MAP_READING]:
            file = await asyncio.to_thread(read_file, body)
        # A large body takes minutes on a slow line, and each part its time to be stored.
        async with request.app[TABLES].importer(seat.campaign, seat.actor, partial(require_dm, request)) as importer:
            await bring_in(importer, file, came_by(request.app[HISTORY], seat.campaign), only)
    return web.json_response({"hexes": file.hexes})


async def put_back(request: web.Request) -> web.Response:
    """DELETE /api/campaigns/ID/map/imports/IMPORT"""
    seat = await require_dm(request)
    import_id = parse_id(request.match_info["import"])
    if import_id is None:
        raise NoSuchImport
    back = back_by(request.app[HISTORY], seat.campaign)
    async with (
        request.app[MAP_TURNS].of(seat.user),
        request.app[TABLES].importer(seat.campaign, seat.actor, partial(require_dm, request)) as importer,
    ):
        hexes = await take_back(importer, ImportId(import_id), back)
    return web.json_response({"hexes": hexes})


async def hand_out(request: web.Request) -> web.Response:
    """GET /api/campaigns/ID/map"""

    async def look(seat: Seat) -> bytes:
        async with request.app[TURNS].of(seat.user), a_pace(seat).kept():
            return await request.app[TABLES].map(seat.campaign, Viewer(seat.user, seat.role))

    body = await still_as(partial(require_member, request), look)
    return web.Response(body=body, content_type="application/json")


def _import_to_finish(request: web.Request) -> ImportId | None:
    """Raises BadRequest."""
    match request.query.getall("importId", []):
        case []:
            return None
        case [text] if (import_id := parse_id(text)) is not None:
            return ImportId(import_id)
    raise BadRequest("importId: the id of one unfinished import")
