"""The report of a campaign, for its DMs."""

from __future__ import annotations

from aiohttp import web

from transport.history.questions import Report
from transport.http.access import require_dm
from transport.http.services import HISTORY, TURNS


async def hand_out(request: web.Request) -> web.Response:
    """GET /api/campaigns/ID/report"""
    seat = None
    # Until who asked is a DM when it is drawn too: it may have waited for others.
    while (now := await require_dm(request)) != seat:
        seat = now
        async with request.app[TURNS].of(seat.user):
            made = await request.app[HISTORY].ask(Report(seat.campaign))
    return web.Response(body=made.body, content_type="application/json")
