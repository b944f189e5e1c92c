"""The report of a campaign, for its DMs."""

from __future__ import annotations

import asyncio

from aiohttp import web

from transport.http.access import require_dm
from transport.http.services import DIRECTORY, REPORTS
from transport.wire_json import wire_json


async def hand_out(request: web.Request) -> web.Response:
    """GET /api/campaigns/ID/report"""
    seat = None
    # Until who asked is a DM when it is drawn too: it may have waited for others.
    while (now := await require_dm(request)) != seat:
        seat = now
        directory = request.app[DIRECTORY]
        name, members = await directory.campaign_name(seat.campaign), await directory.roster(seat.campaign)
        made = await request.app[REPORTS].of_campaign(seat.campaign, name, members)
    return web.Response(body=await asyncio.to_thread(wire_json, made), content_type="application/json")
