"""What the rooms of a server ask of the directory of people, and of the servers beside this one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol

from domain.ids import CampaignId, UserId
from projections.people import Member


class Campaigns(Protocol):
    """What a room asks of the directory of people."""

    async def roster(self, campaign: CampaignId) -> dict[UserId, Member]:
        """Raises StoreUnavailable."""

    async def roster_versions(self, campaigns: Sequence[CampaignId]) -> dict[CampaignId, int]:
        """How often the members of each changed; none of a campaign that is gone. Raises StoreUnavailable."""

    async def ended_sign_ins(self, token_hashes: Sequence[bytes]) -> list[bytes]:
        """Those that are worth nothing any more. Raises StoreUnavailable."""

    async def campaign_name(self, campaign: CampaignId) -> str:
        """Raises StoreUnavailable."""


class Lease(Protocol):
    """How long this server may go by what it knows; see transport.cluster.lease."""

    @property
    def is_held(self) -> bool: ...

    async def held(self) -> None:
        """Returns when it is."""


class Clock(Protocol):
    """The time by which all servers of a database record what happens."""

    def now(self) -> datetime: ...


class OtherServers(Protocol):
    """Who is connected to which of the servers that share the database."""

    @property
    def lease(self) -> Lease:
        """How long this server may go by what it knows."""

    @property
    def time(self) -> Clock:
        """By which it is recorded when something happened."""

    def tell(self, seen: Callable[[CampaignId, frozenset[UserId]], None]) -> None:
        """`seen` is called with a campaign that was asked for by `look`, and who is connected to it elsewhere."""

    def came(self, campaign: CampaignId, user: UserId) -> None:
        """The user's first connection to this server."""

    def went(self, campaign: CampaignId, user: UserId) -> None:
        """The last one is gone."""

    def look(self, campaign: CampaignId) -> None:
        """Has it looked up."""

    async def elsewhere(self, campaigns: Collection[CampaignId]) -> dict[CampaignId, frozenset[UserId]]:
        """Who is connected to these campaigns at other servers; nothing of those where nobody is.

        Raises StoreUnavailable.
        """
