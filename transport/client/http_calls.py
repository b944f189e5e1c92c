"""The engine's HTTP calls, thin: one method each."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar, cast

import aiohttp
from yarl import URL

from projections.messages import MapView
from projections.people import Role
from transport.client.errors import RequestRefused, Unreachable
from transport.client.links import token_of
from transport.wire.answers import (
    CampaignList,
    CampaignListed,
    CampaignMade,
    InviteList,
    InviteListed,
    InviteMade,
    MapPutBack,
    MapTaken,
    MemberList,
    MemberListed,
    Oneself,
    Redeemed,
    SignInList,
    SignInListed,
)

Shape = TypeVar("Shape")


class HttpCalls:
    """Each raises RequestRefused or Unreachable."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = URL(url)
        self._session = session

    async def sign_up(self, name: str) -> Oneself:
        """A new person, signed in from now on."""
        return await self._read(Oneself, "POST", "/api/people", {"name": name})

    async def me(self) -> Oneself:
        return await self._read(Oneself, "GET", "/api/me")

    async def sign_out(self) -> None:
        await self._call("DELETE", "/api/session")

    async def sign_ins(self) -> list[SignInListed]:
        return (await self._read(SignInList, "GET", "/api/me/sign-ins"))["signIns"]

    async def end_sign_in(self, sign_in: str) -> None:
        await self._call("DELETE", f"/api/me/sign-ins/{sign_in}")

    async def end_other_sign_ins(self) -> None:
        """All but ours."""
        await self._call("DELETE", "/api/me/sign-ins")

    async def redeem(self, link: str, name: str | None = None) -> Redeemed:
        """Takes a whole link or its token. `name` is for people who are not signed in and hold an invite."""
        body = {"token": token_of(link)} if name is None else {"token": token_of(link), "name": name}
        return await self._read(Redeemed, "POST", "/api/invites/redeem", body)

    async def create_campaign(self, name: str) -> str:
        """Its id; we are its DM."""
        return (await self._read(CampaignMade, "POST", "/api/campaigns", {"name": name}))["campaignId"]

    async def close_campaign(self, campaign: str) -> None:
        """For ever."""
        await self._call("DELETE", f"/api/campaigns/{campaign}")

    async def campaigns(self) -> list[CampaignListed]:
        return (await self._read(CampaignList, "GET", "/api/campaigns"))["campaigns"]

    async def members(self, campaign: str) -> list[MemberListed]:
        return (await self._read(MemberList, "GET", f"/api/campaigns/{campaign}/members"))["members"]

    async def change_role(self, campaign: str, user: str, role: Role) -> None:
        await self._call("PATCH", f"/api/campaigns/{campaign}/members/{user}", {"role": role})

    async def remove_member(self, campaign: str, user: str, *, revoke_invite: bool = False) -> None:
        """With `revoke_invite` all invites are revoked that they have used, by which they could come back."""
        query = {"revokeInvite": "true"} if revoke_invite else {}
        await self._call("DELETE", f"/api/campaigns/{campaign}/members/{user}", query=query)

    async def remove_members(self, campaign: str, users: Sequence[str], *, revoke_invites: bool = False) -> None:
        """All of them or none."""
        body = {"userIds": list(users), "revokeInvites": revoke_invites}
        await self._call("POST", f"/api/campaigns/{campaign}/members/remove", body)

    async def invite(
        self,
        campaign: str,
        role: Role,
        *,
        uses: int | Literal["members"] | None = None,
        expires_in_hours: float | None = None,
    ) -> InviteMade:
        """What is not given is as the server's settings say. `uses` "members": as many as the campaign may have."""
        body = {"role": role, "uses": uses, "expiresInHours": expires_in_hours}
        given = {field: value if value != "members" else None for field, value in body.items() if value is not None}
        return await self._read(InviteMade, "POST", f"/api/campaigns/{campaign}/invites", given)

    async def invites(self, campaign: str) -> list[InviteListed]:
        return (await self._read(InviteList, "GET", f"/api/campaigns/{campaign}/invites"))["invites"]

    async def revoke_invite(self, campaign: str, invite: str) -> None:
        await self._call("DELETE", f"/api/campaigns/{campaign}/invites/{invite}")

    async def import_map(self, campaign: str, map_file: bytes, *, import_id: str | None = None) -> int:
        """The number of hexes. The same file sent again goes on with an unfinished import of it.

        With `import_id` it must be the file of this import.
        """
        query = {"importId": import_id} if import_id is not None else {}
        return (await self._read(MapTaken, "POST", f"/api/campaigns/{campaign}/map", map_file, query))["hexes"]

    async def take_import_back(self, campaign: str, import_id: str) -> int:
        """How many hexes are again as they were before this unfinished import."""
        return (await self._read(MapPutBack, "DELETE", f"/api/campaigns/{campaign}/map/imports/{import_id}"))["hexes"]

    async def map(self, campaign: str) -> MapView:
        """What we may know of it."""
        return await self._read(MapView, "GET", f"/api/campaigns/{campaign}/map")

    async def _read(
        self,
        shape: type[Shape],  # noqa: ARG002 - the server keeps to it
        method: str,
        path: str,
        body: dict[str, Any] | bytes | None = None,
        query: Mapping[str, str] = {},
    ) -> Shape:
        return cast(Shape, await self._call(method, path, body, query))

    async def _call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | bytes | None = None,
        query: Mapping[str, str] = {},
    ) -> Any:
        content = json.dumps(body).encode() if isinstance(body, dict) else body
        # A file rather than bytes: those are written in one go, and a map of 16 MiB would block the loop.
        data = io.BytesIO(content) if content is not None else None
        headers = {"Content-Type": "application/json"} if content is not None else {}
        try:
            url = self._url.with_path(path).with_query(query)
            async with self._session.request(method, url, data=data, headers=headers) as answer:
                return _content(answer.status, await answer.read())
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unreachable(f"{method} {path} at {self._url}: {error or type(error).__name__}") from error


def _content(status: int, body: bytes) -> Any:
    try:
        content = json.loads(body) if body else {}
    except ValueError:
        raise RequestRefused(status, "", "The answer is not JSON: is this a Fogbound server?") from None
    if status < 400:
        return content
    error = content.get("error", {}) if isinstance(content, dict) else {}
    raise RequestRefused(status, error.get("code", ""), error.get("message", "No reason given"))
