"""A stretch of the past, line by line as one viewer was told it."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from domain.ids import CampaignId
from projections.timeline import Keyframe, Timeline, TimelineLine, TimelineStart
from transport.history.past import Past

Lines = list[TimelineStart] | list[Keyframe | TimelineLine]


async def telling(
    past: Past, campaign: CampaignId, timeline: Timeline, up_to: int, most: int | None = None
) -> AsyncGenerator[Lines]:
    """All of a timeline up to a version, or `most` lines of it, in batches; holds no more than one of them.

    Where a batch ends says how many events lie hidden between the lines: the viewer must not get to see it.

    Raises StoreUnavailable or UnreadableEvent.
    """
    yield [timeline.start]
    async for batch in past.steps(campaign, timeline.begin.room, up_to):
        lines: list[Keyframe | TimelineLine] = []
        for step in batch:
            if timeline.told == most:
                break
            lines += timeline.lines(step)
        if lines:
            yield lines
        if timeline.told == most:
            break
