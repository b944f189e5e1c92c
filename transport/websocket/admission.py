"""Who may come into a room: decided before the first message, told by a close code."""

from __future__ import annotations

from typing import NamedTuple

from aiohttp import web

from domain.ids import CampaignId, UserId
from projections.people import Role
from transport.accounts import Directory
from transport.http.access import count_wrong_cookie, parse_id
from transport.http.app_keys import KNOWN_COOKIES
from transport.http.cookies import cookie_hash
from transport.http.problems import TooManyTries
from transport.http.security import is_own_origin
from transport.rooms.registry import TRY_AGAIN
from transport.settings import Settings
from transport.wire.conversation import error
from transport.wire.json import wire_json

_NO_SESSION = 4001
_NO_CAMPAIGN = 4002
_NOT_YOURS = 4003


class TurnedAway(Exception):
    """Not let in: `close_code` tells the client's program, `reason` the person."""

    def __init__(self, close_code: int, code: str, reason: str) -> None:
        super().__init__(reason)
        self.close_code = close_code
        self.code = code
        self.reason = reason

    @classmethod
    def for_now(cls) -> TurnedAway:
        return cls(TRY_AGAIN, "unavailable", "Try again later")

    @classmethod
    def to_newer(cls) -> TurnedAway:
        return cls(TRY_AGAIN, "unavailable", "A newer server goes on here: try again")

    @classmethod
    def not_signed_in(cls) -> TurnedAway:
        return cls(_NO_SESSION, "not_signed_in", "No valid session: sign in")

    @classmethod
    def no_member(cls) -> TurnedAway:
        """The same for a campaign of others and for one that does not exist, so that ids can't be probed."""
        return cls(_NOT_YOURS, "not_a_member", "Not a member of this campaign")

    def message(self) -> str:
        """The error that is sent before the close."""
        return wire_json(error(self.code, self.reason)).decode()


class Admitted(NamedTuple):
    """A member of the campaign, and the sign-in that shows it."""

    campaign: CampaignId
    user_id: UserId
    role: Role
    token_hash: bytes


async def admit(request: web.Request, directory: Directory, settings: Settings) -> Admitted:
    """Raises TurnedAway, or StoreUnavailable."""
    if not is_own_origin(request, settings):
        raise TurnedAway(_NOT_YOURS, "origin_not_allowed", "Origin not allowed")
    token_hash = cookie_hash(request)
    named = parse_id(request.query.get("campaignId", ""))
    person = await directory.person_in(token_hash, named) if token_hash is not None else None
    if token_hash is None or person is None:
        try:
            count_wrong_cookie(request)
        except TooManyTries:
            raise TurnedAway(TRY_AGAIN, "too_many_tries", "Too many tries: wait a while") from None
        raise TurnedAway.not_signed_in()
    request.app[KNOWN_COOKIES].add(token_hash)
    if named is None:
        raise TurnedAway(_NO_CAMPAIGN, "invalid_campaign", "campaignId is missing or malformed")
    if person.role is None:
        raise TurnedAway.no_member()
    return Admitted(CampaignId(named), person.user_id, person.role, token_hash)
