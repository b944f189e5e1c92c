"""Signing up, who am I, signing out."""

from __future__ import annotations

from aiohttp import web

from transport.http.access import require_sign_in
from transport.http.body import Body, read_as
from transport.http.cookies import clear_session, label_of, renew_session, set_session
from transport.http.problems import Forbidden
from transport.http.services import DIRECTORY, SETTINGS, SIGN_UPS, TABLES
from transport.http.tries import address_of
from transport.names import PersonName


class NewPerson(Body):
    name: PersonName


async def sign_up(request: web.Request) -> web.Response:
    """POST /api/people"""
    settings = request.app[SETTINGS]
    if settings.signup == "invite":
        raise Forbidden("People come in by invite here: ask a DM for a link")
    wanted = await read_as(request, NewPerson)
    request.app[SIGN_UPS].take(address_of(request, settings.proxies))
    person = await request.app[DIRECTORY].sign_up(wanted.name, label_of(request))
    answer = web.json_response({"userId": person.user_id, "name": wanted.name}, status=201)
    set_session(request, answer, person.token)
    return answer


async def who_am_i(request: web.Request) -> web.Response:
    """GET /api/me"""
    me = await require_sign_in(request)
    answer = web.json_response({"userId": me.person_id, "name": me.name})
    renew_session(request, answer)
    return answer


async def sign_out(request: web.Request) -> web.Response:
    """DELETE /api/session"""
    me = await require_sign_in(request)
    await request.app[DIRECTORY].sign_out(me.token_hash)
    await request.app[TABLES].signed_out(me.token_hash)
    answer = web.Response(status=204)
    clear_session(request, answer)
    return answer
