"""The cookie that says who is asking."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from aiohttp import web

from domain.ids import UserId
from transport.accounts.authority import Actor
from transport.accounts.tokens import hash_token
from transport.http.app_keys import DIRECTORY, KNOWN_COOKIES, SETTINGS
from transport.http.device_label import device_label

SESSION_COOKIE = "fogbound_session"
_LONGEST = timedelta(days=400)
"""That browsers keep a cookie."""


class SignedIn(NamedTuple):
    """The one who asks, and the stored hash of the cookie that proves it."""

    person_id: UserId
    name: str
    token_hash: bytes

    @property
    def actor(self) -> Actor:
        """For changes that are theirs to make."""
        return Actor(self.person_id, self.token_hash)


def is_https(request: web.Request) -> bool:
    """Also behind a proxy that takes the TLS off, when the public URL says so."""
    public_url = request.app[SETTINGS].public_url
    return request.secure or (public_url is not None and public_url.startswith("https://"))


def cookie_name(request: web.Request) -> str:
    """On https with the prefix that keeps other hosts of the same domain from setting it."""
    return f"__Host-{SESSION_COOKIE}" if is_https(request) else SESSION_COOKIE


def set_session(request: web.Request, response: web.Response, token: str) -> None:
    """Signs the browser in, for as long as the sign-in lasts if it is not used."""
    lifetime = min(request.app[SETTINGS].bounds.sign_in_lifetime, _LONGEST)
    response.set_cookie(
        cookie_name(request),
        token,
        max_age=int(lifetime.total_seconds()),
        path="/",
        secure=is_https(request),
        httponly=True,
        samesite="Lax",
    )


def renew_session(request: web.Request, response: web.Response) -> None:
    """Has the browser keep the good cookie that it sent."""
    set_session(request, response, request.cookies[cookie_name(request)])


def clear_session(request: web.Request, response: web.Response) -> None:
    """Makes the browser forget; the sign-in itself must have been revoked."""
    secure = is_https(request)
    response.del_cookie(cookie_name(request), path="/", secure=secure, httponly=True, samesite="Lax")


def label_of(request: web.Request) -> str:
    """What to call the device that a sign-in is made for."""
    return device_label(request.headers.get("User-Agent", ""))


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
    if person is None:
        return None
    request.app[KNOWN_COOKIES].add(token_hash)
    return SignedIn(person.user_id, person.name, token_hash)
