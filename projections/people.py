"""The people of a campaign. They are no part of the log: names can be erased, roles change, connections come and go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from domain.ids import UserId

Role = Literal["dm", "player"]


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a campaign, who is told everything after version `visible_since` in this role."""

    user_id: UserId
    name: str
    role: Role
    visible_since: int = 0


@dataclass(frozen=True, slots=True)
class People:
    """Everybody in the campaign by id, and who of them is here now."""

    members: Mapping[UserId, Member]
    online: frozenset[UserId]


def players_among(members: Mapping[UserId, Member]) -> frozenset[UserId]:
    """Those who are no DMs."""
    return frozenset(user for user, member in members.items() if member.role == "player")


@dataclass(frozen=True, slots=True)
class Viewer:
    """The one who looks. All that a view may depend on."""

    user_id: UserId
    role: Role
