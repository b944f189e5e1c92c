"""Who may call what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NamedTuple, TypeVar
from uuid import UUID

from aiohttp import web

from domain.ids import CampaignId, UserId
from domain.store import StoreUnavailable
from projections.people import Role
from transport.accounts.authority import Actor
from transport.accounts.refusals import NotADm, NothingHere
from transport.event_loop.supervision import surviving
from transport.http.app_keys import DIRECTORY, SETTINGS, TABLES, WRONG_COOKIES
from transport.http.cookies import SignedIn, cookie_name, signed_in
from transport.http.problems import NotSignedIn
from transport.http.tries import address_of

Who = TypeVar("Who")
Found = TypeVar("Found")


class Seat(NamedTuple):
    """A member at the campaign that the address names, and the cookie that shows who it is."""

    campaign: CampaignId
    user: UserId
    role: Role
    token_hash: bytes

    @property
    def actor(self) -> Actor:
        """For a change: what was looked up here may be over by then, so the change asks once more."""
        return Actor(self.user, self.token_hash)


async def require_sign_in(request: web.Request) -> SignedIn:
    """Raises NotSignedIn, TooManyTries."""
    me = await signed_in(request)
    if me is None:
        count_wrong_cookie(request)
        raise NotSignedIn
    return me


async def require_member(request: web.Request) -> Seat:
    """Raises NotSignedIn, NothingHere."""
    me = await require_sign_in(request)
    campaign = parse_id(request.match_info["campaign"])
    if campaign is None:
        raise NothingHere
    role = await request.app[DIRECTORY].role_of(CampaignId(campaign), me.person_id)
    if role is None:
        raise NothingHere
    return Seat(CampaignId(campaign), me.person_id, role, me.token_hash)


async def require_dm(request: web.Request) -> Seat:
    """Raises NotSignedIn, NothingHere, NotADm."""
    seat = await require_member(request)
    if seat.role != "dm":
        raise NotADm
    return seat


async def still_as(
    ask_who: Callable[[], Awaitable[Who]], look: Callable[[Who], Awaitable[Found]], who: Who | None = None
) -> Found:
    """What was found by looking as somebody, who is asked for again until they are the same after the look.

    A call may wait for long before it looks. `who` was asked for before. Raises what either raises.
    """
    who = who if who is not None else await ask_who()
    while True:
        found = await look(who)
        if (now := await ask_who()) == who:
            return found
        who = now


async def tell_table(request: web.Request, campaign: CampaignId) -> None:
    """To be called after a committed change of the members, which stands whatever becomes of this call.

    If they can't be read now, the table starts over with them.
    """
    with suppress(StoreUnavailable), surviving("room"):
        await request.app[TABLES].members_changed(campaign)


def count_wrong_cookie(request: web.Request) -> None:
    """For a request that brought no valid one. Raises TooManyTries; who has a valid one is never asked to wait."""
    if cookie_name(request) in request.cookies:
        request.app[WRONG_COOKIES].count(address_of(request, request.app[SETTINGS].proxies))


def parse_id(text: str) -> UUID | None:
    """The UUID in its one usual form, lower-case with hyphens; None for anything else."""
    try:
        parsed = UUID(text)
    except ValueError:
        return None
    return parsed if str(parsed) == text else None
