"""Turns whatever goes wrong into a JSON answer; no traceback leaves the server."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from domain.refusals import QuotaExceeded, Refused
from domain.store import StoreUnavailable
from transport.directory.refusals import NothingHere, TooManyByLink
from transport.http.problems import STATUS, TooManyTries
from transport.log_growth import seconds_until_tomorrow

_log = structlog.get_logger(__name__)
_CODE_OF_STATUS = {status: code for code, status in reversed(STATUS.items())}


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The outermost middleware: answers `{"error": {"code", "message"}}` for every error."""
    try:
        return await handler(request)
    except web.HTTPException as answer:
        if answer.status < 400:
            raise
        return _aiohttps_own(answer)
    except (TooManyTries, TooManyByLink) as refused:
        return _error(refused.code, refused.message, {"Retry-After": str(refused.seconds)})
    except QuotaExceeded as refused:
        return _error(refused.code, refused.message, {"Retry-After": str(seconds_until_tomorrow(datetime.now(UTC)))})
    except Refused as refused:
        return _error(refused.code, refused.message)
    except StoreUnavailable:
        return _error("unavailable", "The database cannot be reached; try again", {"Retry-After": "1"})
    except ConnectionError:
        # Whoever asked is gone: there is nobody to answer.
        return _error("failed", "Disconnected")
    except Exception:
        _log.exception("http_call_failed", method=request.method, path=request.path)
        return _error("failed", "Something went wrong on the server")


def _error(code: str, message: str, headers: dict[str, str] | None = None) -> web.Response:
    content = {"error": {"code": code, "message": message}}
    return web.json_response(content, status=STATUS[code], headers=headers)


def _aiohttps_own(answer: web.HTTPException) -> web.Response:
    """What the framework refuses by itself: unknown addresses, wrong methods, broken encodings."""
    if isinstance(answer, web.HTTPNotFound):
        refused = NothingHere()
        return _error(refused.code, refused.message)
    if isinstance(answer, web.HTTPMethodNotAllowed):
        message = f"{answer.method} is not possible here"
        return _error("method_not_allowed", message, {"Allow": answer.headers["Allow"]})
    code = _CODE_OF_STATUS.get(answer.status, "bad_request" if answer.status < 500 else "failed")
    return _error(code, answer.reason)
