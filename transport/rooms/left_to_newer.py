"""Campaigns whose log holds an event that this program does not know: their rooms are left to newer servers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

import structlog

from domain.ids import CampaignId
from domain.store import NewerEvent
from transport import metrics

AGAIN_SECONDS = 10.0
"""For so long the log of such a campaign is not read again: whoever comes meanwhile is sent on at once."""

REMEMBERED = 10_000
"""Campaigns. One that is forgotten is read once more, and told of once more."""

log = structlog.get_logger()


class _Met(NamedTuple):
    why: str
    at: float


class LeftToNewer:
    """Those of one server, with the event that it met."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._met: OrderedDict[CampaignId, _Met] = OrderedDict()

    def note(self, campaign: CampaignId, newer: NewerEvent) -> None:
        """The event was met just now. The first time it is told to operators."""
        if campaign not in self._met:
            metrics.LEFT_TO_NEWER.inc()
            log.warning("a room is left to newer servers", campaign=str(campaign), reason=str(newer))
        self._met[campaign] = _Met(str(newer), self._clock())
        self._met.move_to_end(campaign)
        if len(self._met) > REMEMBERED:
            self._met.popitem(last=False)

    def check(self, campaign: CampaignId) -> None:
        """Raises NewerEvent if the event was met a moment ago."""
        met = self._met.get(campaign)
        if met is not None and self._clock() < met.at + AGAIN_SECONDS:
            raise NewerEvent(met.why)
