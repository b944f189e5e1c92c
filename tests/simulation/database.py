"""The database of the simulation: the store in memory, and the other tables that the servers share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from math import inf
from typing import Any, TypeVar
from uuid import UUID

from domain.events import Event, PlayerJoined, PlayerLeft, SessionEnded, SessionStarted
from domain.ids import CampaignId, UserId
from domain.memory_store import MemoryStore
from domain.store import Refusals, StoreUnavailable
from projections.people import Member, Role
from tests.laws.fake_peers import KeptRooms
from tests.simulation.clocks import EPOCH, NOW
from transport.accounts.people import SignedInPerson
from transport.accounts.tokens import hash_token
from transport.cluster.notifications import LogGrew, MembersChanged, Notification, PeopleMoved, SignedOut

Found = TypeVar("Found")

BATCH_EVENTS = 5
"""Few, so that much can happen between two batches."""


class Database:
    """Whatever is asked of it happens at one moment: one statement, or one transaction."""

    def __init__(self, campaign: CampaignId, members: Sequence[Member]) -> None:
        self.campaign = campaign
        self.members = {member.user_id: member for member in members}
        self._by_token = {hash_token(user): user for user in self.members}
        self._names = {member.user_id: member.name for member in members}
        self.store = MemoryStore()
        self.kept = KeptRooms()
        self.ended: set[bytes] = set()
        """Tokens that are worth nothing any more."""
        self.recorded: set[object] = set()
        """What names the appends that were carried out."""
        self.listeners: dict[object, Callable[[Notification], None]] = {}
        """Those who listen, by what they are told apart with."""
        self.after_append: Callable[[object], None] = lambda _writer: None
        self.leases: dict[UUID, float] = {}
        self.present: set[tuple[UUID, CampaignId, UserId]] = set()
        self.roles: list[tuple[int, dict[UserId, Role]]] = [(0, self._roles())]
        """Who was what after which version of the log."""

    # The log

    def append(
        self, name: object, writer: object, events: Sequence[Event], roster: int | None, refusals: Refusals | None
    ) -> None:
        """As the store does it; those who listen hear of it, but for the writer."""
        done_now(self.store.append(events, roster, refusals))
        self.recorded.add(name)
        self.after_append(writer)
        if events:
            self._notify(LogGrew((self.campaign,)), but=writer)

    def batch(self, campaign: CampaignId, after: int, up_to: int | None) -> list[Event]:
        """The next few events."""
        reading = self.store.read(campaign, after, up_to)
        try:
            return done_now(anext(reading))[:BATCH_EVENTS]
        except StopAsyncIteration:
            return []

    def log(self) -> list[Event]:
        """All of it."""
        events: list[Event] = []
        while batch := self.batch(self.campaign, len(events), None):
            events += batch
        return events

    # People

    def person_in(self, token_hash: bytes) -> SignedInPerson | None:
        """Everybody's token is their id."""
        user = self._by_token.get(token_hash)
        if user is None or token_hash in self.ended:
            return None
        member = self.members.get(user)
        return SignedInPerson(user, member.role if member else None)

    def name_of(self, user: UserId) -> str:
        """Also of somebody who was removed."""
        return self._names[user]

    def change_role(self, user: UserId, role: Role, by: UserId) -> bool:
        """Whether it was for `by` to do."""
        if not self._is_dm(by) or user not in self.members:
            return False
        if self.members[user].role == role:
            return True
        head = done_now(self.store.head(self.campaign)).version
        self.members[user] = replace(self.members[user], role=role, visible_since=head)
        self._members_changed(head)
        return True

    def remove(self, user: UserId, by: UserId) -> bool:
        """Whether it was for `by` to do."""
        if not self._is_dm(by) or user not in self.members:
            return False
        del self.members[user]
        self._members_changed(done_now(self.store.head(self.campaign)).version)
        return True

    def sign_out(self, user: UserId) -> None:
        """Of a DM it counts as a change of the members."""
        token_hash = hash_token(user)
        self.ended.add(token_hash)
        if self._is_dm(user):
            self._members_changed(done_now(self.store.head(self.campaign)).version)
        self._notify(SignedOut(token_hash))

    def _is_dm(self, user: UserId) -> bool:
        return user in self.members and self.members[user].role == "dm"

    def _members_changed(self, head: int) -> None:
        self.store.rosters[self.campaign] += 1
        self.roles.append((head, self._roles()))
        self._notify(MembersChanged(self.campaign, self.store.rosters[self.campaign]))

    def _roles(self) -> dict[UserId, Role]:
        return {user: member.role for user, member in self.members.items()}

    # Servers. The names and the values are those of transport/cluster/cluster.sql.

    def extend_lease(self, node: UUID, seconds: float) -> list[Any]:
        is_new = node not in self.leases
        self.leases[node] = NOW.seconds + seconds
        others = sum(until > NOW.seconds for other, until in self.leases.items() if other != node)
        return [(is_new, others, EPOCH + NOW.seconds)]

    def expire_leases(self, node: UUID) -> list[Any]:
        dead = {other for other, until in self.leases.items() if until < NOW.seconds}
        bereaved = sorted({campaign for other, campaign, _ in self.present if other in dead})
        for other in dead:
            del self.leases[other]
        self.present = {one for one in self.present if one[0] not in dead}
        for campaign in bereaved:
            self._notify(PeopleMoved((campaign,)), but=node)
        return [(len(dead), len(bereaved))]

    def move_people(
        self,
        node: UUID,
        *,
        campaigns: Sequence[CampaignId],
        people: Sequence[UUID],
        left_campaigns: Sequence[CampaignId],
        left_people: Sequence[UUID],
        announcements: Sequence[str],
    ) -> list[Any]:
        if node not in self.leases:
            raise StoreUnavailable("the server is not registered")
        for campaign, user in zip(left_campaigns, left_people, strict=True):
            self.present.discard((node, campaign, UserId(str(user))))
        for campaign, user in zip(campaigns, people, strict=True):
            self.present.add((node, campaign, UserId(str(user))))
        for said in announcements:
            named = tuple(CampaignId(UUID(one)) for one in said.split(",")[1:])
            self._notify(PeopleMoved(named), but=node)
        return []

    def elsewhere(self, node: UUID, campaigns: Sequence[CampaignId]) -> list[Any]:
        return sorted(
            {
                (campaign, user)
                for other, campaign, user in self.present
                if campaign in campaigns and other != node and self.leases.get(other, 0) > NOW.seconds
            }
        )

    def retire(self, node: UUID) -> list[Any]:
        self.leases[node] = -inf
        for campaign in sorted({campaign for one, campaign, _ in self.present if one == node}):
            self._notify(PeopleMoved((campaign,)), but=node)
        return []

    def left_behind(self, node: UUID, after: UUID, most: int, unread: int) -> list[Any]:  # noqa: ARG002 - as in SQL
        return [(self.campaign, self._is_live() and bool(self._there()))] if self.campaign > after else []

    def _is_live(self) -> bool:
        lifecycle = done_now(self.store.lifecycle(self.campaign))
        return bool(lifecycle) and not isinstance(lifecycle[-1], SessionEnded)

    def _there(self) -> set[UserId]:
        there: set[UserId] = set()
        for event in self.log():
            match event:
                case SessionStarted(present=present):
                    there = set(present)
                case PlayerJoined(player_id=user):
                    there.add(user)
                case PlayerLeft(player_id=user):
                    there.discard(user)
                case _:
                    pass
        return there

    def _notify(self, notification: Notification, but: object = None) -> None:
        for listener, hear in list(self.listeners.items()):
            if listener != but:
                hear(notification)


def done_now(asked: Awaitable[Found]) -> Found:
    """What the store in memory answers: it never waits."""
    try:
        asked.__await__().send(None)
    except StopIteration as answer:
        return answer.value  # type: ignore[no-any-return]
    raise AssertionError("the store in memory waits")
