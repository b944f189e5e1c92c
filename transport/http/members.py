"""Who is in a campaign, as what, and no longer."""

from __future__ import annotations

from aiohttp import web

from domain.ids import CampaignId, UserId
from projections.messages import PersonHere
from projections.people import Member, People, Role
from projections.views import people_list
from transport.directory.refusals import NoSuchMember
from transport.http.access import parse_id, require_dm, require_member
from transport.http.body import Body, read_as
from transport.http.services import DIRECTORY, TABLES


class NewRole(Body):
    role: Role


async def list_all(request: web.Request) -> web.Response:
    """GET /api/campaigns/ID/members"""
    seat = await require_member(request)
    roster = await request.app[DIRECTORY].roster(seat.campaign)
    return web.json_response({"members": await _shown(request, seat.campaign, roster)})


async def change_role(request: web.Request) -> web.Response:
    """PATCH /api/campaigns/ID/members/USER"""
    seat = await require_dm(request)
    user = _member_in_address(request)
    wanted = await read_as(request, NewRole)
    member = await request.app[DIRECTORY].change_role(seat.campaign, user, wanted.role)
    await request.app[TABLES].members_changed(seat.campaign)
    [shown] = await _shown(request, seat.campaign, {user: member})
    return web.json_response(shown)


async def remove(request: web.Request) -> web.Response:
    """DELETE /api/campaigns/ID/members/USER"""
    seat = await require_dm(request)
    await request.app[DIRECTORY].remove_member(seat.campaign, _member_in_address(request))
    await request.app[TABLES].members_changed(seat.campaign)
    return web.Response(status=204)


def _member_in_address(request: web.Request) -> UserId:
    user = parse_id(request.match_info["user"])
    if user is None:
        raise NoSuchMember
    return UserId(str(user))


async def _shown(request: web.Request, campaign: CampaignId, members: dict[UserId, Member]) -> list[PersonHere]:
    return people_list(People(members, await request.app[TABLES].online(campaign)))
