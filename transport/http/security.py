"""Keeps other sites out of the people's browsers, and our pages out of other sites."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from transport.http.app_keys import SETTINGS
from transport.http.cookies import is_https
from transport.http.problems import Forbidden
from transport.settings import Settings

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_A_YEAR = 365 * 24 * 60 * 60
_CHANGE_NOTHING = frozenset({"GET", "HEAD", "OPTIONS"})


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """For the application's on_response_prepare: pages and errors get the headers too."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    # The framework's own names its version, and Python's.
    response.headers.popall("Server", None)
    if is_https(request):
        response.headers["Strict-Transport-Security"] = f"max-age={_A_YEAR}"
    if request.path.startswith("/api/"):
        response.headers["Cache-Control"] = "no-store"
    if "Upgrade" in request.headers and not isinstance(response, web.WebSocketResponse):
        # The framework reads no further call from a connection on which one wanted to be something else.
        response.headers["Connection"] = "close"
        response.force_close()


@web.middleware
async def refuse_other_sites(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A page of another site must not change anything with the cookie of the one who looks at it."""
    if request.method not in _CHANGE_NOTHING and not _may_change(request):
        raise Forbidden("This call came from another site")
    return await handler(request)


def is_own_origin(request: web.Request, settings: Settings) -> bool:
    """Whether the Origin header is the server's own or on the list. A program sends none and may come in."""
    origins = request.headers.getall("Origin", [])
    if not origins:
        return True
    if len(origins) > 1:  # no browser does that
        return False
    (origin,) = origins
    if _is_listed(origin, settings):
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    schemes = ("https",) if request.secure else ("http", "https")
    return parts.scheme in schemes and parts.netloc.lower() == request.host.lower()


def _is_listed(origin: str, settings: Settings) -> bool:
    return origin.lower() in (settings.public_url, *settings.allowed_origins)


def _may_change(request: web.Request) -> bool:
    # Browsers say where a call comes from in a header that no page can set. It also tells apart two sites
    # that share the host's name, for example on two ports.
    if all(site in ("same-origin", "none") for site in request.headers.getall("Sec-Fetch-Site", [])):
        return is_own_origin(request, request.app[SETTINGS])
    return _is_listed(request.headers.get("Origin", ""), request.app[SETTINGS])
