"""Links that let people in."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from aiohttp import web
from pydantic import Field

from projections.people import Role
from transport.accounts import Invite
from transport.accounts.names import PersonName
from transport.accounts.qr_code import qr_rows
from transport.accounts.refusals import NoSuchInvite
from transport.accounts.tokens import join_link
from transport.http.access import Seat, parse_id, require_dm, still_as, tell_table
from transport.http.app_keys import BASE_URL, DIRECTORY, SETTINGS, SIGN_UPS, TABLES, WRONG_LINKS
from transport.http.body import Body, read_as
from transport.http.cookies import label_of, set_session, signed_in
from transport.http.responses import JsonResponse, answer
from transport.http.tries import address_of
from transport.settings import LONGEST_HOURS
from transport.wire.answers import InviteList, InviteListed, InviteMade, Redeemed


class NewInvite(Body):
    """What is left out is as the settings say. `uses` null: as many as the campaign may have members."""

    role: Role
    uses: Annotated[int, Field(ge=1, le=10_000)] | None = None
    expiresInHours: Annotated[float, Field(gt=0, le=LONGEST_HOURS, allow_inf_nan=False)] | None = None  # noqa: N815 - wire


class Redemption(Body):
    token: Annotated[str, Field(max_length=200)]
    name: PersonName | None = None


async def create(request: web.Request) -> JsonResponse[InviteMade]:
    """POST /api/campaigns/ID/invites"""
    seat = await require_dm(request)
    wanted = await read_as(request, NewInvite)
    everybody = "uses" in wanted.model_fields_set and wanted.uses is None
    made = await request.app[DIRECTORY].create_invite(
        seat.campaign,
        wanted.role,
        by=seat.actor,
        uses=request.app[SETTINGS].members if everybody else wanted.uses,
        expires_in_hours=wanted.expiresInHours,
    )
    link = join_link(request.app[BASE_URL](), made.token)
    shown = InviteMade(inviteId=str(made.invite_id), token=made.token, link=link, qr=qr_rows(link))
    return answer(shown, status=201)


async def list_all(request: web.Request) -> JsonResponse[InviteList]:
    """GET /api/campaigns/ID/invites"""

    async def look(seat: Seat) -> list[Invite]:
        return await request.app[DIRECTORY].invites(seat.campaign)

    made = await still_as(partial(require_dm, request), look)
    return answer(InviteList(invites=[_shown(invite) for invite in made]))


async def revoke(request: web.Request) -> web.Response:
    """DELETE /api/campaigns/ID/invites/INVITE"""
    seat = await require_dm(request)
    invite = parse_id(request.match_info["invite"])
    if invite is None:
        raise NoSuchInvite
    for token_hash in await request.app[DIRECTORY].revoke_invite(seat.campaign, invite, by=seat.actor):
        await request.app[TABLES].signed_out(token_hash)
    return web.Response(status=204)


async def redeem(request: web.Request) -> JsonResponse[Redeemed]:
    """POST /api/invites/redeem"""
    tries, address = request.app[WRONG_LINKS], address_of(request, request.app[SETTINGS].proxies)
    tries.check(address)  # before anything of it is read
    brought = await read_as(request, Redemption)
    me = await signed_in(request)
    if me is None:
        request.app[SIGN_UPS].take(address)  # by a link, too, somebody new comes to be
    with tries.one(address, brought.token):
        who = me.actor if me else None
        redeemed = await request.app[DIRECTORY].redeem(brought.token, who, brought.name, label_of(request))
    for token_hash in redeemed.ended:
        await request.app[TABLES].signed_out(token_hash)
    if redeemed.changed:
        await tell_table(request, redeemed.campaign_id)
    shown = Redeemed(campaignId=str(redeemed.campaign_id), userId=redeemed.user_id, role=redeemed.role)
    response = answer(shown)
    if redeemed.token is not None:
        set_session(request, response, redeemed.token)
    return response


def _shown(invite: Invite) -> InviteListed:
    return InviteListed(
        inviteId=str(invite.invite_id),
        role=invite.role,
        userId=invite.person,
        usesLeft=invite.uses_left,
        expiresAt=invite.expires_at.isoformat() if invite.expires_at else None,
        createdBy=invite.created_by,
        createdAt=invite.created_at.isoformat(),
        state=invite.state,
    )
