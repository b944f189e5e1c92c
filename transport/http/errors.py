"""Turns whatever goes wrong into a JSON answer; no traceback leaves the server."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from domain.refusals import QuotaExceeded, Refused
from domain.store import NewerEvent, StoreUnavailable
from transport.accounts.refusals import NothingHere, TooManyByLink
from transport.http.problems import STATUS, TooManyCalls, TooManyTries
from transport.http.responses import JsonResponse, answer
from transport.rooms.log_growth import seconds_until_tomorrow
from transport.wire.answers import ErrorAnswer, Problem

_log = structlog.get_logger(__name__)
_CODE_OF_STATUS = {status: code for code, status in reversed(STATUS.items())}

NEWER_SECONDS = "5"
"""After which it is worth asking again what this server is too old for: the next answer may be another server's."""


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The outermost middleware: answers `{"error": {"code", "message"}}` for every error."""
    try:
        return await handler(request)
    except web.HTTPException as refused:
        if refused.status < 400:
            raise
        return _aiohttps_own(refused)
    except (TooManyTries, TooManyByLink) as refused:
        return _error(refused.code, refused.message, {"Retry-After": str(refused.seconds)})
    except TooManyCalls as refused:
        return _error(refused.code, refused.message, {"Retry-After": "1"})
    except QuotaExceeded as refused:
        return _error(refused.code, refused.message, {"Retry-After": str(seconds_until_tomorrow(datetime.now(UTC)))})
    except Refused as refused:
        return _error(refused.code, refused.message)
    except StoreUnavailable:
        return _error("unavailable", "The database cannot be reached; try again", {"Retry-After": "1"})
    except NewerEvent:
        return _error("unavailable", "Only a newer server can answer this; try again", {"Retry-After": NEWER_SECONDS})
    except ConnectionError:
        # Whoever asked is gone: there is nobody to answer.
        return _error("failed", "Disconnected")
    except Exception:
        _log.exception("http_call_failed", method=request.method, path=request.path)
        return _error("failed", "Something went wrong on the server")


def _error(code: str, message: str, headers: dict[str, str] | None = None) -> JsonResponse[ErrorAnswer]:
    return answer(ErrorAnswer(error=Problem(code=code, message=message)), STATUS[code], headers)


def _aiohttps_own(refusal: web.HTTPException) -> web.Response:
    """What the framework refuses by itself: unknown addresses, wrong methods, broken encodings."""
    if isinstance(refusal, web.HTTPNotFound):
        refused = NothingHere()
        return _error(refused.code, refused.message)
    if isinstance(refusal, web.HTTPMethodNotAllowed):
        message = f"{refusal.method} is not possible here"
        return _error("method_not_allowed", message, {"Allow": refusal.headers["Allow"]})
    code = _CODE_OF_STATUS.get(refusal.status, "bad_request" if refusal.status < 500 else "failed")
    return _error(code, refusal.reason)
