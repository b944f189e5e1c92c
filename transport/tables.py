"""What the HTTP calls ask of the tables that are in play."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from domain.commands import ImportMap
from domain.ids import CampaignId, UserId
from projections.people import Viewer
from transport.directory.authority import Actor


class Tables(Protocol):
    """The rooms, as those who hold no socket see them. Each call may raise domain.store.StoreUnavailable."""

    async def map(self, campaign: CampaignId, viewer: Viewer) -> bytes:
        """The hexes that the viewer may know, as JSON."""

    async def import_map(
        self,
        campaign: CampaignId,
        actor: Actor,
        parts: Sequence[ImportMap],
        before_each: Callable[[], Awaitable[object]],
    ) -> None:
        """Returns when all parts are committed, one after the other. What `before_each` raises ends it.

        Raises NothingHere, NotADm, QuotaExceeded, domain.store.EngineError.
        """

    async def members_changed(self, campaign: CampaignId) -> None:
        """To be called after a committed change of members, roles or names: open sockets learn of it."""

    async def signed_out(self, token_hash: bytes) -> None:
        """To be called after a sign-in was revoked: closes the sockets that it opened."""

    async def online(self, campaign: CampaignId) -> frozenset[UserId]:
        """Who is connected now."""
