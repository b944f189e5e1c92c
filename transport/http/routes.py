"""All HTTP calls and what they are wired to."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from transport.accounts import Directory
from transport.history.questions import History
from transport.http import campaigns, health, history, invites, maps, members, people, report, sign_ins
from transport.http.app_keys import (
    BASE_URL,
    DIRECTORY,
    HISTORY,
    KNOWN_COOKIES,
    MAP_PLACES,
    MAP_READER,
    MAP_TURNS,
    READY,
    SETTINGS,
    SIGN_UPS,
    TABLES,
    TURNS,
    WRONG_COOKIES,
    WRONG_LINKS,
    Ready,
)
from transport.http.asking import ask_for_caller
from transport.http.errors import errors_as_json
from transport.http.known_cookies import KnownCookies
from transport.http.map_places import MapPlaces
from transport.http.personal_turns import PersonalTurns
from transport.http.security import add_headers, refuse_other_sites
from transport.http.tries import Tries
from transport.http.wrong_tries import WrongTries
from transport.maps.reader import MapReader
from transport.rooms.tables import Tables
from transport.settings import Settings

ROUTES = (
    web.post("/api/people", people.sign_up),
    web.get("/api/me", people.who_am_i),
    web.get("/api/me/sign-ins", sign_ins.list_mine),
    web.delete("/api/me/sign-ins", sign_ins.end_others),
    web.delete("/api/me/sign-ins/{signin}", sign_ins.end),
    web.delete("/api/session", people.sign_out),
    web.post("/api/campaigns", campaigns.create),
    web.get("/api/campaigns", campaigns.list_mine),
    web.delete("/api/campaigns/{campaign}", campaigns.close),
    web.get("/api/campaigns/{campaign}/members", members.list_all),
    web.patch("/api/campaigns/{campaign}/members/{user}", members.change_role),
    web.delete("/api/campaigns/{campaign}/members/{user}", members.remove),
    web.post("/api/campaigns/{campaign}/members/remove", members.remove_several),
    web.post("/api/campaigns/{campaign}/invites", invites.create),
    web.get("/api/campaigns/{campaign}/invites", invites.list_all),
    web.delete("/api/campaigns/{campaign}/invites/{invite}", invites.revoke),
    web.post("/api/invites/redeem", invites.redeem),
    web.post("/api/campaigns/{campaign}/map", maps.take_in),
    web.delete("/api/campaigns/{campaign}/map/imports/{import}", maps.put_back),
    web.get("/api/campaigns/{campaign}/map", maps.hand_out),
    web.get("/api/campaigns/{campaign}/sessions", history.sessions),
    # The framework would let a streamed body through in the answer to HEAD, where there must be none.
    web.get("/api/campaigns/{campaign}/sessions/{number}/timeline", history.timeline, allow_head=False),
    web.get("/api/campaigns/{campaign}/state", history.state),
    web.get("/api/campaigns/{campaign}/report", report.hand_out),
    web.get("/healthz", health.is_alive),
    web.get("/readyz", health.is_ready),
    web.get("/metrics", health.metrics),
)


def add_routes(
    app: web.Application,
    *,
    directory: Directory,
    tables: Tables,
    past: History,
    settings: Settings,
    base_url: Callable[[], str],
    ready: Ready | None = None,
) -> None:
    """Adds the calls, their middlewares and the security headers, which then hold for all of `app`.

    `base_url` gives the beginning of the links for people, and never comes from a request.
    `ready` tells whether the node can commit; by default it is enough that the database takes changes.
    """
    tabs = settings.tabs  # each may have a call that waits
    app[DIRECTORY] = directory
    app[BASE_URL] = base_url
    app[TABLES] = tables
    app[HISTORY] = past
    app[TURNS] = PersonalTurns(settings.history_calls, tabs)
    app[SETTINGS] = settings
    app[READY] = ready or directory.is_reachable
    app[SIGN_UPS] = Tries(settings.sign_ups_per_minute)
    app[WRONG_LINKS] = WrongTries(settings.tries_per_minute)
    app[WRONG_COOKIES] = WrongTries(settings.tries_per_minute)
    app[KNOWN_COOKIES] = KnownCookies()
    app[MAP_TURNS] = PersonalTurns(1, tabs)
    app[MAP_PLACES] = MapPlaces()
    app[MAP_READER] = MapReader()
    app.middlewares.extend([errors_as_json, refuse_other_sites, ask_for_caller])
    app.on_response_prepare.append(add_headers)
    app.add_routes(ROUTES)
