"""The report of a campaign, for its DMs."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from transport.history.questions import Answer, Report
from transport.http.access import Seat, require_dm, still_as
from transport.http.app_keys import HISTORY, TURNS
from transport.http.responses import JsonResponse, sent
from transport.wire.answers import ReportDrawn


async def hand_out(request: web.Request) -> JsonResponse[ReportDrawn]:
    """GET /api/campaigns/ID/report"""

    async def look(seat: Seat) -> Answer:
        return await request.app[HISTORY].ask(Report(seat.campaign))

    seat = await require_dm(request)
    async with request.app[TURNS].of(seat.user):
        made = await still_as(partial(require_dm, request), look, seat)
        return await sent(request, JsonResponse(made.body or b""))
