"""How much one person may have, and for how long."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple


class Bounds(NamedTuple):
    """Those of transport.settings, where each is explained."""

    sign_in_days: int = 180
    sign_ins: int = 50
    campaigns: int = 100

    @property
    def sign_in_lifetime(self) -> timedelta:
        """From the last use that was written down, which it is once a day: hence the day more."""
        return timedelta(days=self.sign_in_days + 1)
