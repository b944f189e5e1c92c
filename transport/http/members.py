"""The members of a campaign: listing them, changing a role, removing somebody."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated

from aiohttp import web
from pydantic import Field

from domain.ids import CampaignId, UserId
from projections.messages import PersonHere
from projections.people import Member, People, Role
from projections.views import people_list
from transport.accounts.campaigns import WaysIn
from transport.accounts.refusals import NoSuchMember
from transport.http.access import Seat, parse_id, require_dm, require_member, still_as, tell_table
from transport.http.app_keys import DIRECTORY, TABLES
from transport.http.body import Body, read_as
from transport.http.problems import BadRequest
from transport.http.responses import JsonResponse, answer
from transport.wire.answers import MemberList, MemberListed

MOST_AT_ONCE = 500

_Id = Annotated[str, Field(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


class NewRole(Body):
    role: Role


class Removal(Body):
    """With `revokeInvites` all invites that these people have used are revoked, too."""

    userIds: Annotated[list[_Id], Field(min_length=1, max_length=MOST_AT_ONCE)]  # noqa: N815 - wire
    revokeInvites: bool = False  # noqa: N815 - wire


async def list_all(request: web.Request) -> JsonResponse[MemberList]:
    """GET /api/campaigns/ID/members"""
    members = await still_as(partial(require_member, request), partial(_listed, request))
    return answer(MemberList(members=members))


async def change_role(request: web.Request) -> JsonResponse[PersonHere]:
    """PATCH /api/campaigns/ID/members/USER"""
    seat = await require_dm(request)
    user = _member_in_address(request)
    wanted = await read_as(request, NewRole)
    member = await request.app[DIRECTORY].change_role(seat.campaign, user, wanted.role, by=seat.actor)
    await tell_table(request, seat.campaign)
    [shown] = await _shown(request, seat.campaign, {user: member})
    return answer(shown)


async def remove(request: web.Request) -> web.Response:
    """DELETE /api/campaigns/ID/members/USER"""
    seat = await require_dm(request)
    await _remove(request, seat, [_member_in_address(request)], revoke_invites=_flag(request, "revokeInvite"))
    return web.Response(status=204)


async def remove_several(request: web.Request) -> web.Response:
    """POST /api/campaigns/ID/members/remove"""
    seat = await require_dm(request)
    wanted = await read_as(request, Removal)
    users = [UserId(user) for user in dict.fromkeys(wanted.userIds)]
    await _remove(request, seat, users, revoke_invites=wanted.revokeInvites)
    return web.Response(status=204)


async def _remove(request: web.Request, seat: Seat, users: Sequence[UserId], *, revoke_invites: bool) -> None:
    directory = request.app[DIRECTORY]
    await directory.remove_members(seat.campaign, users, by=seat.actor, revoke_invites=revoke_invites)
    await tell_table(request, seat.campaign)


def _flag(request: web.Request, name: str) -> bool:
    """Raises BadRequest."""
    if set(request.query) - {name}:
        raise BadRequest(f"There is no parameter here but {name}")
    match request.query.getall(name, []):
        case [] | ["false"]:
            return False
        case ["true"]:
            return True
    raise BadRequest(f"{name}: Should be true or false")


def _member_in_address(request: web.Request) -> UserId:
    user = parse_id(request.match_info["user"])
    if user is None:
        raise NoSuchMember
    return UserId(str(user))


def _without_invites(shown: PersonHere) -> MemberListed:
    return MemberListed(userId=shown["userId"], name=shown["name"], online=shown["online"], role=shown["role"])


def _with_invites(shown: PersonHere, ways: WaysIn | None) -> MemberListed:
    """None: somebody who came in between the two looks at the database."""
    newest, used = (ways.newest, ways.used) if ways else (None, [])
    invite_id = str(newest) if newest else None
    return MemberListed(**shown, inviteId=invite_id, inviteIds=[str(invite) for invite in used])


async def _listed(request: web.Request, seat: Seat) -> list[MemberListed]:
    directory = request.app[DIRECTORY]
    shown = await _shown(request, seat.campaign, await directory.roster(seat.campaign))
    if seat.role != "dm":
        return [_without_invites(one) for one in shown]
    ways_in = await directory.ways_in(seat.campaign)
    return [_with_invites(one, ways_in.get(one["userId"])) for one in shown]


async def _shown(request: web.Request, campaign: CampaignId, members: dict[UserId, Member]) -> list[PersonHere]:
    return people_list(People(members, await request.app[TABLES].online(campaign)))
