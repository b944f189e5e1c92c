"""The library that draws reports, handed out when somebody asks for it: 5 MB, and 1.5 as browsers take it."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from functools import lru_cache
from io import BytesIO
from typing import NamedTuple

from aiohttp import web

from transport.web.drawing_library import drawing_library


class _Library(NamedTuple):
    """Sent as a file is, piece by piece as it is taken: whoever reads slowly has no copy of their own."""

    body: bytes
    packed: bytes
    etag: str


async def hand_out(request: web.Request) -> web.Response:
    """GET /static/plotly.js. Raises CannotDraw."""
    library = await asyncio.to_thread(_library)
    known = any(tag.value in (library.etag, "*") for tag in request.if_none_match or ())
    if known:
        response = web.Response(status=304)
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        response = web.Response(body=BytesIO(library.packed), headers={"Content-Encoding": "gzip"})
    else:
        response = web.Response(body=BytesIO(library.body))
    response.content_type, response.charset = "text/javascript", "utf-8"
    response.etag = library.etag
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Accept-Encoding"
    return response


@lru_cache
def _library() -> _Library:
    body = drawing_library()
    return _Library(body, gzip.compress(body, mtime=0), hashlib.sha256(body).hexdigest()[:32])
