"""What the HTTP calls ask of the tables that are in play."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from domain.ids import CampaignId, UserId
from projections.people import Viewer
from transport.accounts.authority import Actor
from transport.maps.parts import Importer


class Tables(Protocol):
    """The rooms, as those who hold no socket see them. Each call may raise domain.store.StoreUnavailable."""

    async def map(self, campaign: CampaignId, viewer: Viewer) -> bytes:
        """The hexes that the viewer may know, as JSON."""

    def importer(
        self, campaign: CampaignId, actor: Actor, before_each: Callable[[], Awaitable[object]]
    ) -> AbstractAsyncContextManager[Importer]:
        """Whoever brings a map in, or takes one back. Each part waits for `before_each`, which may raise.

        Of what is given the importer may raise NothingHere, NotADm, QuotaExceeded, domain.store.EngineError.
        """

    async def members_changed(self, campaign: CampaignId) -> None:
        """To be called after a committed change of members, roles or names: open sockets learn of it."""

    async def signed_out(self, token_hash: bytes) -> None:
        """To be called after a sign-in was revoked: closes the sockets that it opened."""

    async def online(self, campaign: CampaignId) -> frozenset[UserId]:
        """Who is connected now."""
