"""Which campaigns a server leaves to newer ones, and for how long it does not look at them again."""

from __future__ import annotations

from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from domain.ids import CampaignId
from domain.store import NewerEvent
from transport.rooms import left_to_newer
from transport.rooms.left_to_newer import AGAIN_SECONDS, LeftToNewer

ONE, OTHER = CampaignId(uuid4()), CampaignId(uuid4())


def counted() -> float | None:
    return REGISTRY.get_sample_value("fogbound_left_to_newer_total")


def test_it_is_told_once_and_looked_at_again_later() -> None:
    """Whoever comes in between is refused for the same reason, without a look at the log."""
    clock, before = [0.0], counted()
    left = LeftToNewer(lambda: clock[0])
    left.check(ONE)
    with capture_logs() as said:
        for clock[0] in (0.0, AGAIN_SECONDS):
            left.note(ONE, NewerEvent("a comet"))
            with pytest.raises(NewerEvent, match="a comet"):
                left.check(ONE)
            left.check(OTHER)
    clock[0] = 2 * AGAIN_SECONDS
    left.check(ONE)
    ((line),) = said
    assert line == {
        "event": "a room is left to newer servers",
        "log_level": "warning",
        "campaign": str(ONE),
        "reason": "a comet",
    }
    assert before is not None
    assert counted() == before + 1


def test_very_many_take_no_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that was met the longest ago is forgotten."""
    monkeypatch.setattr(left_to_newer, "REMEMBERED", 2)
    left = LeftToNewer()
    for campaign in (ONE, CampaignId(uuid4()), ONE, OTHER):
        left.note(campaign, NewerEvent("a comet"))
    for campaign in (ONE, OTHER):
        with pytest.raises(NewerEvent):
            left.check(campaign)
    assert len(left._met) == 2
