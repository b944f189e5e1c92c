"""What the handlers work with, under typed keys of the application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from transport.accounts import Directory
from transport.history.questions import History
from transport.http.known_cookies import KnownCookies
from transport.http.map_places import MapPlaces
from transport.http.personal_turns import PersonalTurns
from transport.http.tries import Tries
from transport.http.wrong_tries import WrongTries
from transport.maps.reader import MapReader
from transport.rooms.tables import Tables
from transport.settings import Settings

Ready = Callable[[], Awaitable[bool]]
"""Whether the node can commit; may raise domain.store.StoreUnavailable instead."""

DIRECTORY: web.AppKey[Directory] = web.AppKey("directory")
BASE_URL: web.AppKey[Callable[[], str]] = web.AppKey("base_url")
"""Where people reach this server; asked when a link is made, since the port is known only once it listens."""
TABLES: web.AppKey[Tables] = web.AppKey("tables")
HISTORY: web.AppKey[History] = web.AppKey("history")
SETTINGS: web.AppKey[Settings] = web.AppKey("settings")
READY: web.AppKey[Ready] = web.AppKey("ready")
SIGN_UPS: web.AppKey[Tries] = web.AppKey("sign_ups")
WRONG_LINKS: web.AppKey[WrongTries] = web.AppKey("wrong_links")
WRONG_COOKIES: web.AppKey[WrongTries] = web.AppKey("wrong_cookies")
TURNS: web.AppKey[PersonalTurns] = web.AppKey("turns")
"""Taken by calls about the past, and for a map: by what reads much."""
KNOWN_COOKIES: web.AppKey[KnownCookies] = web.AppKey("known_cookies")
MAP_TURNS: web.AppKey[PersonalTurns] = web.AppKey("map_turns")
"""Taken by whoever sends a map file."""
MAP_PLACES: web.AppKey[MapPlaces] = web.AppKey("map_places")
"""Held from a map file's first byte until it is stored, so that many can't fill the memory: the others wait unread."""
MAP_READER: web.AppKey[MapReader] = web.AppKey("map_reader")
"""Reads one map file at a time: while it is read it takes many times its size of memory."""
