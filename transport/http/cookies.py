"""The cookie that says who is asking."""

from __future__ import annotations

from typing import NamedTuple

from aiohttp import web

from domain.ids import UserId
from transport.http.services import DIRECTORY, SETTINGS
from transport.tokens import hash_token

SESSION_COOKIE = "fogbound_session"
# The longest that browsers keep a cookie: there is no password to come back with.
_MAX_AGE_SECONDS = 400 * 24 * 60 * 60


class SignedIn(NamedTuple):
    """The one who asks, and the stored hash of the cookie that proves it."""

    person_id: UserId
    name: str
    token_hash: bytes


def is_https(request: web.Request) -> bool:
    """Also behind a proxy that takes the TLS off, when the public URL says so."""
    public_url = request.app[SETTINGS].public_url
    return request.secure or (public_url is not None and public_url.startswith("https://"))


def cookie_name(request: web.Request) -> str:
    """On https with the prefix that keeps other hosts of the same domain from setting it."""
    return f"__Host-{SESSION_COOKIE}" if is_https(request) else SESSION_COOKIE


def set_session(request: web.Request, response: web.Response, token: str) -> None:
    """Signs the browser in."""
    response.set_cookie(
        cookie_name(request),
        token,
        max_age=_MAX_AGE_SECONDS,
        path="/",
        secure=is_https(request),
        httponly=True,
        samesite="Lax",
    )


def clear_session(request: web.Request, response: web.Response) -> None:
    """Makes the browser forget; the sign-in itself must have been revoked."""
    secure = is_https(request)
    response.del_cookie(cookie_name(request), path="/", secure=secure, httponly=True, samesite="Lax")


def cookie_hash(request: web.Request) -> bytes | None:
    """What the directory knows the request's cookie by, be it good or not; None without one."""
    token = request.cookies.get(cookie_name(request))
    return hash_token(token) if token else None


async def signed_in(request: web.Request) -> SignedIn | None:
    """Whose request this is; None without a valid cookie. Raises domain.store.StoreUnavailable."""
    token_hash = cookie_hash(request)
    if token_hash is None:
        return None
    person = await request.app[DIRECTORY].person_of(token_hash)
    return SignedIn(person.user_id, person.name, token_hash) if person else None
