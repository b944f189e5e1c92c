"""Making campaigns, listing one's own, and closing one."""

from __future__ import annotations

from aiohttp import web

from transport.http.access import require_dm, require_sign_in
from transport.http.body import Body, read_as
from transport.http.services import DIRECTORY, TABLES
from transport.names import CampaignName


class NewCampaign(Body):
    name: CampaignName


async def create(request: web.Request) -> web.Response:
    """POST /api/campaigns"""
    me = await require_sign_in(request)
    wanted = await read_as(request, NewCampaign)
    campaign = await request.app[DIRECTORY].create_campaign(wanted.name, me.person_id, by=me.actor)
    content = {"campaignId": str(campaign), "name": wanted.name, "role": "dm"}
    return web.json_response(content, status=201)


async def list_mine(request: web.Request) -> web.Response:
    """GET /api/campaigns"""
    me = await require_sign_in(request)
    mine = await request.app[DIRECTORY].campaigns_of(me.person_id)
    content = [
        {"campaignId": str(one.campaign_id), "name": one.name, "role": one.role, "status": one.status} for one in mine
    ]
    return web.json_response({"campaigns": content})


async def close(request: web.Request) -> web.Response:
    """DELETE /api/campaigns/ID"""
    seat = await require_dm(request)
    await request.app[DIRECTORY].close_campaign(seat.campaign, by=seat.actor)
    await request.app[TABLES].members_changed(seat.campaign)
    return web.Response(status=204)
