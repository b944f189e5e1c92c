"""A stretch of the past, line by line as one viewer was told it."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from domain.ids import CampaignId
from projections.timeline import Keyframe, Timeline, TimelineLine
from transport.history.past import Past

Lines = list[Keyframe | TimelineLine]


async def telling(
    past: Past, campaign: CampaignId, timeline: Timeline, up_to: int, most: int | None = None
) -> AsyncGenerator[Lines]:
    """All lines of a timeline up to a version, or `most` of them, in batches; holds no more than one of them.

    After each batch `timeline` stands where it ends, so that another one can go on from there.

    Where a batch ends says how many events lie hidden between the lines: the viewer must not get to see it.

    Raises StoreUnavailable or UnreadableEvent.
    """
    async for batch in past.steps(campaign, timeline.begin.room, up_to):
        lines: Lines = []
        for step in batch:
            if timeline.told == most:
                break
            lines += timeline.lines(step)
        if lines:
            yield lines
        if timeline.told == most:
            break
