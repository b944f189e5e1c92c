"""Who knows a hex."""

from __future__ import annotations

from domain.events import Audience
from domain.ids import UserId

Knowers = frozenset[UserId] | None
"""Those players, or None for all of them. Kept apart from the order in which they came to know."""


def named_by(audience: Audience) -> Knowers:
    """Those who know a hex by one reveal."""
    return None if audience == "all" else frozenset(audience)


def widened(knowers: Knowers, named: Knowers) -> Knowers:
    """Those who know a hex after one more reveal of it: knowledge is never taken back."""
    return None if knowers is None or named is None else knowers | named
