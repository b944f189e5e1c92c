"""How many members and links a campaign may have, and what a link is good for when nobody says it."""

from __future__ import annotations

from typing import NamedTuple


class Bounds(NamedTuple):
    """Those of transport.settings, where each is explained."""

    members: int = 200
    invites: int = 100
    invite_uses: int = 50
    invite_hours: float = 720.0
    redeems_per_minute: int = 60
