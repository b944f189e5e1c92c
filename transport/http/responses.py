"""The responses of the HTTP calls. A handler's return type names the shape, and the description is made from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from aiohttp import web

from transport.wire.json import wire_json

Shape = TypeVar("Shape")


class JsonResponse(web.Response, Generic[Shape]):
    """JSON of that shape. Large answers are written as JSON where they are made; `answer` makes all others."""

    def __init__(
        self,
        body: bytes,
        *,
        status: int = 200,
        charset: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(body=body, status=status, content_type="application/json", charset=charset, headers=headers)


class LinesResponse(web.StreamResponse, Generic[Shape]):
    """Lines of JSON, each of that shape, that are sent one after the other."""

    def __init__(self) -> None:
        super().__init__(headers={"Content-Type": "application/x-ndjson"})


Sent = TypeVar("Sent", bound=web.StreamResponse)


async def sent(request: web.Request, response: Sent) -> Sent:
    """The response, when all of it has been taken: what is held for it in a block around is held until then."""
    await response.prepare(request)
    await response.write_eof()
    return response


def answer(content: Shape, status: int = 200, headers: Mapping[str, str] | None = None) -> JsonResponse[Shape]:
    """The response with that content, which has a shape of transport.wire.answers."""
    return JsonResponse(wire_json(content), status=status, charset="utf-8", headers=headers)
