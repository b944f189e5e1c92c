"""Every error code of the HTTP calls with its status, and the refusals that begin here."""

from __future__ import annotations

from domain.refusals import Refused

STATUS = {
    "bad_request": 400,
    "invalid_json": 400,
    "invalid_map": 400,
    "not_signed_in": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "conflict": 409,
    "too_large": 413,
    "too_many_tries": 429,
    "quota_exceeded": 429,
    "failed": 500,
    "not_installed": 501,
    "unavailable": 503,
}


class BadRequest(Refused):
    code = "bad_request"


class BodyIsNotJson(Refused):
    code = "invalid_json"

    def __init__(self, why: str) -> None:
        super().__init__(f"Invalid JSON: {why}")


class NotSignedIn(Refused):
    code = "not_signed_in"

    def __init__(self) -> None:
        super().__init__("You are not signed in")


class Forbidden(Refused):
    code = "forbidden"


class TooLarge(Refused):
    """`limit` in bytes."""

    code = "too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body may have at most {limit} bytes")


class TooManyTries(Refused):
    """`seconds` until the next try."""

    code = "too_many_tries"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many tries: wait {seconds} s")
        self.seconds = seconds
