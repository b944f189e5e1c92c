"""Making campaigns, listing one's own, and closing one."""

from __future__ import annotations

from aiohttp import web

from transport.accounts.names import CampaignName
from transport.http.access import require_dm, require_sign_in, tell_table
from transport.http.app_keys import DIRECTORY
from transport.http.body import Body, read_as
from transport.http.responses import JsonResponse, answer
from transport.wire.answers import CampaignList, CampaignListed, CampaignMade


class NewCampaign(Body):
    name: CampaignName


async def create(request: web.Request) -> JsonResponse[CampaignMade]:
    """POST /api/campaigns"""
    me = await require_sign_in(request)
    wanted = await read_as(request, NewCampaign)
    campaign = await request.app[DIRECTORY].create_campaign(wanted.name, me.person_id, by=me.actor)
    return answer(CampaignMade(campaignId=str(campaign), name=wanted.name, role="dm"), status=201)


async def list_mine(request: web.Request) -> JsonResponse[CampaignList]:
    """GET /api/campaigns"""
    me = await require_sign_in(request)
    mine = await request.app[DIRECTORY].campaigns_of(me.person_id)
    listed = [
        CampaignListed(campaignId=str(one.campaign_id), name=one.name, role=one.role, status=one.status) for one in mine
    ]
    return answer(CampaignList(campaigns=listed))


async def close(request: web.Request) -> web.Response:
    """DELETE /api/campaigns/ID"""
    seat = await require_dm(request)
    await request.app[DIRECTORY].close_campaign(seat.campaign, by=seat.actor)
    await tell_table(request, seat.campaign)
    return web.Response(status=204)
