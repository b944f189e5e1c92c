"""Reads what a call brings along, never more of it than allowed."""

from __future__ import annotations

from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from transport.first_error import first_error
from transport.http.problems import BadRequest, BodyIsNotJson, TooLarge
from transport.strict_json import NotJson, read_json

MAX_JSON_BYTES = 64 * 1024


class Body(BaseModel):
    """What the bodies have in common; unknown keys are ignored."""

    model_config = ConfigDict(frozen=True, strict=True)


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


async def read_body(request: web.Request, limit: int) -> bytes:
    """The whole body, decompressed. Raises BadRequest when it is broken.

    Raises TooLarge as soon as that is clear, so that no more of it is held in memory.
    """
    if (request.content_length or 0) > limit:
        raise TooLarge(limit)
    body = bytearray()
    try:
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > limit:
                raise TooLarge(limit)
    except (web.RequestPayloadError, ConnectionError):  # it can't be unpacked, or its sender went away
        raise BadRequest("The body did not arrive whole") from None
    return bytes(body)
