"""How much one person and one campaign may have, and for how long."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

LONGEST_HOURS = 8_784
"""Of an invite: a year."""


class Bounds(NamedTuple):
    """Those of transport.settings, where each is explained."""

    members: int = 200
    invites: int = 100
    invite_uses: int = 50
    invite_hours: float = 720.0
    redeems_per_minute: int = 60
    sign_in_days: int = 180
    sign_ins: int = 50
    campaigns: int = 100
    campaigns_per_day: int = 100

    @property
    def sign_in_lifetime(self) -> timedelta:
        """From the last use that was written down, which it is once a day: hence the day more."""
        return timedelta(days=self.sign_in_days + 1)
