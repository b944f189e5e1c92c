"""Signing up, who am I, signing out."""

from __future__ import annotations

from aiohttp import web

from transport.accounts.names import PersonName
from transport.http.access import require_sign_in
from transport.http.app_keys import DIRECTORY, SETTINGS, SIGN_UPS, TABLES
from transport.http.body import Body, read_as
from transport.http.cookies import clear_session, label_of, renew_session, set_session
from transport.http.problems import Forbidden
from transport.http.responses import JsonResponse, answer
from transport.http.tries import address_of
from transport.wire.answers import Oneself


class NewPerson(Body):
    name: PersonName


async def sign_up(request: web.Request) -> JsonResponse[Oneself]:
    """POST /api/people"""
    settings = request.app[SETTINGS]
    if settings.signup == "invite":
        raise Forbidden("People come in by invite here: ask a DM for a link")
    wanted = await read_as(request, NewPerson)
    request.app[SIGN_UPS].take(address_of(request, settings.proxies))
    person = await request.app[DIRECTORY].sign_up(wanted.name, label_of(request))
    response = answer(Oneself(userId=person.user_id, name=wanted.name), status=201)
    set_session(request, response, person.token)
    return response


async def who_am_i(request: web.Request) -> JsonResponse[Oneself]:
    """GET /api/me"""
    me = await require_sign_in(request)
    response = answer(Oneself(userId=me.person_id, name=me.name))
    renew_session(request, response)
    return response


async def sign_out(request: web.Request) -> web.Response:
    """DELETE /api/session"""
    me = await require_sign_in(request)
    await request.app[DIRECTORY].sign_out(me.token_hash)
    await request.app[TABLES].signed_out(me.token_hash)
    response = web.Response(status=204)
    clear_session(request, response)
    return response
