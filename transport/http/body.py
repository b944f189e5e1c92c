"""Reads what a call brings along, never more of it than allowed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from transport.http.app_keys import SETTINGS
from transport.http.problems import BadRequest, BodyIsNotJson, TooLarge
from transport.http.unpacking import unpack
from transport.wire.first_error import first_error
from transport.wire.strict_json import NotJson, read_json

MAX_JSON_BYTES = 64 * 1024

SLOWEST = 16 * 1024
"""Bytes a second that a body must come with, after the time that any request has to arrive."""


class Body(BaseModel):
    """What the bodies have in common. A key that we don't know is refused: whoever sent it means something by it."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


AnyBody = TypeVar("AnyBody", bound=Body)


async def read_as(request: web.Request, shape: type[AnyBody]) -> AnyBody:
    """Raises TooLarge, BodyIsNotJson, BadRequest."""
    body = await read_body(request, MAX_JSON_BYTES)
    try:
        return shape.model_validate(read_json(body))
    except NotJson as error:
        raise BodyIsNotJson(str(error)) from None
    except ValidationError as error:
        raise BadRequest(first_error(error)) from None


async def read_body(request: web.Request, limit: int, came: Callable[[int], None] | None = None) -> bytes:
    """The whole body, unpacked; `came` is told how many bytes came. Raises BadRequest when it is broken, or too slow.

    Raises TooLarge as soon as that is clear, so that no more of it is held in memory.
    """
    body = await _packed_body(request, limit, came)
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    return body if encoding == "identity" else await asyncio.to_thread(unpack, body, encoding, limit)


async def _packed_body(request: web.Request, limit: int, came: Callable[[int], None] | None) -> bytes:
    if (request.content_length or 0) > limit:
        raise TooLarge(limit)
    body = bytearray()
    deadline = asyncio.get_running_loop().time() + request.app[SETTINGS].idle_seconds
    try:
        async with asyncio.timeout_at(deadline) as patience:
            async for chunk in request.content.iter_any():
                body += chunk
                if came is not None:
                    came(len(chunk))
                if len(body) > limit:
                    raise TooLarge(limit)
                patience.reschedule(deadline + len(body) / SLOWEST)
    except TimeoutError:
        raise BadRequest("The body came too slowly") from None
    except (web.RequestPayloadError, ConnectionError):  # it is in broken chunks, or its sender went away
        raise BadRequest("The body did not arrive whole") from None
    return bytes(body)
