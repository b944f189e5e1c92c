"""The devices that one is signed in on, and ending that."""

from __future__ import annotations

from aiohttp import web

from transport.accounts.refusals import NoSuchSignIn
from transport.http.access import parse_id, require_sign_in
from transport.http.app_keys import DIRECTORY, TABLES
from transport.http.cookies import clear_session
from transport.http.responses import JsonResponse, answer
from transport.wire.answers import SignInList, SignInListed


async def list_mine(request: web.Request) -> JsonResponse[SignInList]:
    """GET /api/me/sign-ins"""
    me = await require_sign_in(request)
    found = await request.app[DIRECTORY].sign_ins(me.person_id)
    listed = [
        SignInListed(
            signInId=str(one.sign_in_id),
            label=one.label,
            createdAt=one.created_at.isoformat(),
            lastUsedAt=one.last_used_at.isoformat(),
            current=one.token_hash == me.token_hash,
        )
        for one in found
    ]
    return answer(SignInList(signIns=listed))


async def end(request: web.Request) -> web.Response:
    """DELETE /api/me/sign-ins/ID"""
    me = await require_sign_in(request)
    sign_in = parse_id(request.match_info["signin"])
    if sign_in is None:
        raise NoSuchSignIn
    ended = await request.app[DIRECTORY].end_sign_in(me.actor, sign_in)
    await request.app[TABLES].signed_out(ended)
    response = web.Response(status=204)
    if ended == me.token_hash:
        clear_session(request, response)
    return response


async def end_others(request: web.Request) -> web.Response:
    """DELETE /api/me/sign-ins"""
    me = await require_sign_in(request)
    for ended in await request.app[DIRECTORY].end_other_sign_ins(me.actor):
        await request.app[TABLES].signed_out(ended)
    return web.Response(status=204)
