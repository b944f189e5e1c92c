"""The pages people see in a browser: five documents, and the files they load, all from the package."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from transport.http import drawing_library as plotly
from transport.http.app_keys import SETTINGS
from transport.settings import Settings
from transport.web.modules import FOLDER, modules_of

_DRAWING = "report.html"
_SETTINGS = ("signup", "members", "invite_uses", "invite_hours")
"""Those that pages know: each stands in braces in a document."""
_DOCUMENTS = {
    "/": "home.html",
    "/join": "join.html",
    "/table/{campaign}": "table.html",
    "/replay/{campaign}": "replay.html",
    "/report/{campaign}": _DRAWING,
}
_DRAWING_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
)
"""Of the page on which a library draws, which makes styles of its own and pictures to take along."""
# Written down here: the tables that a machine has for this differ, and a module of another type is not run.
_CONTENT_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


def add_pages(app: web.Application) -> None:
    """Adds the pages and `/static/...`. The files are read once, now. `app[SETTINGS]` must be there."""
    handlers = {
        file.relative_to(FOLDER).as_posix(): _handler(_content(file, app[SETTINGS]), file)
        for file in FOLDER.rglob("*.*")
    }
    for address, document in _DOCUMENTS.items():
        app.router.add_get(address, handlers.pop(document))
    for name, handler in handlers.items():
        app.router.add_get(f"/static/{name}", handler)
    app.router.add_get("/static/plotly.js", plotly.hand_out)


def _content(file: Path, settings: Settings) -> bytes:
    content = file.read_bytes()
    if file.suffix != ".html":
        return content
    for name in _SETTINGS:
        content = content.replace(f"{{{{{name}}}}}".encode(), str(getattr(settings, name)).encode())
    return content.replace(b"</head>", _preloads(file.with_suffix(".js")).encode() + b"</head>")


def _preloads(entry: Path) -> str:
    """Names all modules that a page needs: a browser would find them one import after the other, and wait each time."""
    addresses = (module.relative_to(FOLDER).as_posix() for module in modules_of(entry)[1:])
    return "".join(f'  <link rel="modulepreload" href="/static/{address}">\n  ' for address in addresses)


def _handler(body: bytes, file: Path) -> Callable[[web.Request], Awaitable[web.Response]]:
    # By content: two releases may well have files of the same size and time.
    etag = hashlib.sha256(body).hexdigest()[:32]
    content_type = _CONTENT_TYPES[file.suffix]

    async def serve(request: web.Request) -> web.Response:
        known = any(tag.value in (etag, "*") for tag in request.if_none_match or ())
        response = web.Response(status=304) if known else web.Response(body=body)
        response.content_type, response.charset = content_type, "utf-8"
        response.etag = etag
        # Always asked for again, so that the modules of two releases never run together.
        response.headers["Cache-Control"] = "no-cache"
        if file.name == _DRAWING:
            response.headers["Content-Security-Policy"] = _DRAWING_POLICY
        return response

    return serve
