"""Answers to what is no HTTP: ours, since the framework's name its version and log a traceback and what was sent."""

from __future__ import annotations

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from typing_extensions import override

from transport.http.security import HEADERS

_log = structlog.get_logger(__name__)


class _Protocol(web.RequestHandler):
    __slots__ = ()

    @override
    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Also what failed beyond the middlewares comes by here."""
        if not isinstance(exc, HttpProcessingError):
            _log.error("http_call_failed", method=request.method, exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("the answer is half sent")
        code, words = ("bad_request", "This is no HTTP") if status < 500 else ("failed", "Something went wrong")
        # Empty, or the framework would put its own there.
        answer = web.json_response(
            {"error": {"code": code, "message": words}}, status=status, headers={**HEADERS, "Server": ""}
        )
        answer.force_close()
        return answer


class _Server(web.Server):
    @override
    def __call__(self) -> _Protocol:
        return _Protocol(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """The framework's, with our answers."""

    __slots__ = ()

    @override
    async def _make_server(self) -> _Server:
        made = await super()._make_server()
        return _Server(made.request_handler, request_factory=made.request_factory, **made._kwargs)
