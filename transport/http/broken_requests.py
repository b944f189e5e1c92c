"""Answers to what is no HTTP: ours, since the framework's name its version and log a traceback and what was sent."""

from __future__ import annotations

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from transport.http.responses import answer
from transport.http.security import HEADERS
from transport.wire.answers import ErrorAnswer, Problem

_log = structlog.get_logger(__name__)


def answer_broken(request: web.BaseRequest, status: int, failure: BaseException | None) -> web.Response:
    """Also what failed beyond the middlewares comes by here. Raises ConnectionError when too much was said already."""
    if not isinstance(failure, HttpProcessingError):
        _log.error("http_call_failed", method=request.method, exc_info=failure)
    if request.writer.output_size > 0:
        raise ConnectionError("the answer is half sent")
    code, words = ("bad_request", "This is no HTTP") if status < 500 else ("failed", "Something went wrong")
    # Empty, or the framework would put its own there.
    told = ErrorAnswer(error=Problem(code=code, message=words))
    response = answer(told, status=status, headers={**HEADERS, "Server": ""})
    response.force_close()
    return response
