"""Map files in, the known map out."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from domain.ids import ImportId
from projections.messages import MapView
from projections.people import Viewer
from transport.event_loop.freeing import free_in_turns
from transport.history.map_imports import back_by, came_by
from transport.http.access import Seat, parse_id, require_dm, require_member, still_as
from transport.http.app_keys import HISTORY, MAP_PLACES, MAP_READER, MAP_TURNS, SETTINGS, TABLES, TURNS
from transport.http.body import read_body
from transport.http.pace import a_pace
from transport.http.problems import BadRequest
from transport.http.responses import JsonResponse, answer, sent
from transport.http.tries import address_of
from transport.maps.file import MAX_MAP_BYTES
from transport.maps.parts import NoSuchImport, bring_in, take_back
from transport.wire.answers import MapPutBack, MapTaken


async def take_in(request: web.Request) -> JsonResponse[MapTaken]:
    """POST /api/campaigns/ID/map"""
    seat = await require_dm(request)
    only = _import_to_finish(request)
    places, address = request.app[MAP_PLACES], address_of(request, request.app[SETTINGS].proxies)
    async with request.app[MAP_TURNS].of(seat.user), places.one(address, seat.user):
        body = await places.arrival(lambda told: read_body(request, MAX_MAP_BYTES, told))
        file = await request.app[MAP_READER].read(body)
        hexes = file.hexes
        try:
            # A large body takes minutes on a slow line, and each part its time to be stored.
            may_still = partial(require_dm, request)
            async with request.app[TABLES].importer(seat.campaign, seat.actor, may_still) as importer:
                await bring_in(importer, file, came_by(request.app[HISTORY], seat.campaign), only)
        finally:
            free_in_turns(file.parts)
    return answer(MapTaken(hexes=hexes))


async def put_back(request: web.Request) -> JsonResponse[MapPutBack]:
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
    return answer(MapPutBack(hexes=hexes))


async def hand_out(request: web.Request) -> JsonResponse[MapView]:
    """GET /api/campaigns/ID/map"""

    async def look(seat: Seat) -> bytes:
        async with a_pace(seat).kept():
            return await request.app[TABLES].map(seat.campaign, Viewer(seat.user, seat.role))

    seat = await require_member(request)
    async with request.app[TURNS].of(seat.user):
        return await sent(request, JsonResponse(await still_as(partial(require_member, request), look, seat)))


def _import_to_finish(request: web.Request) -> ImportId | None:
    """Raises BadRequest."""
    match request.query.getall("importId", []):
        case []:
            return None
        case [text] if (import_id := parse_id(text)) is not None:
            return ImportId(import_id)
    raise BadRequest("importId: the id of one unfinished import")
