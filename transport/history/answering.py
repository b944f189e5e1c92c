"""Answers questions about the past out of the log: the views of today on the states of then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import NamedTuple, Protocol, assert_never

from domain.ids import CampaignId, EventId, UserId
from projections.people import Member, Viewer
from projections.stretches import Moment
from projections.timeline import Timeline, state_then
from transport.history.figures import SessionFigures
from transport.history.map_imports import hexes_that_came, taking_back
from transport.history.past import Past
from transport.history.questions import (
    Answer,
    HexesThatCame,
    PastViewer,
    Place,
    Question,
    Report,
    Sessions,
    StateAfter,
    StateAt,
    TakingBack,
    TimelinePart,
)
from transport.history.recently_used import RecentlyUsed
from transport.history.telling import Lines, telling
from transport.wire.answers import SessionsTold
from transport.wire.json import wire_json

PART_BYTES = 256 * 1024
"""Of a timeline in one answer, and a batch more."""

TELLINGS = 16
"""That are kept open for the next part; each holds a room, and up to 500 events."""

NOTHING = Answer(None)


class Names(Protocol):
    """What is asked of the directory of people."""

    async def roster(self, campaign: CampaignId) -> dict[UserId, Member]:
        """Raises StoreUnavailable."""

    async def campaign_name(self, campaign: CampaignId) -> str:
        """Raises StoreUnavailable."""


class Drawing(Protocol):
    """Who draws reports."""

    async def of_campaign(
        self, campaign: CampaignId, title: str, members: Mapping[UserId, Member]
    ) -> Mapping[str, object]:
        """Raises CannotDraw, StoreUnavailable."""


class _Telling(NamedTuple):
    """A timeline that was begun, and where its next lines come from."""

    timeline: Timeline
    batches: AsyncGenerator[Lines]


class AnswersHere:
    """See transport.history.questions.History: in this process, whose loop it holds up for up to a second."""

    def __init__(self, past: Past, names: Names, reports: Drawing) -> None:
        self._past = past
        self._names = names
        self._reports = reports
        self._figures = SessionFigures(past)
        self._tellings: RecentlyUsed[TimelinePart, _Telling] = RecentlyUsed(TELLINGS, lambda one: one.timeline.room)
        self._numbers = count(1)

    async def ask(self, asked: Question) -> Answer:
        """See History.ask."""
        match asked:
            case Sessions():
                return await self._sessions(asked.viewer)
            case StateAfter():
                return await self._state(asked.viewer, await self._moment_after(asked.viewer, asked.event))
            case StateAt():
                return await self._state(asked.viewer, await self._moment_at(asked.viewer, asked.at))
            case TimelinePart():
                return await self._timeline(asked)
            case Report():
                return await self._report(asked.campaign)
            case HexesThatCame():
                return Answer(await hexes_that_came(self._past, asked))
            case TakingBack():
                return Answer(await taking_back(self._past, asked))
            case _:
                assert_never(asked)

    async def close(self) -> None:
        """See History.close."""
        for begun in self._tellings.clear():
            await begun.batches.aclose()

    async def _sessions(self, viewer: PastViewer) -> Answer:
        members = await self._names.roster(viewer.campaign)
        after = await self._joined(viewer)
        told = await self._figures.of(viewer.campaign, _viewer(viewer), after, members)
        return Answer(wire_json(SessionsTold(sessions=told)))

    async def _state(self, viewer: PastViewer, moment: Moment | None) -> Answer:
        if moment is None:
            return NOTHING
        return Answer(wire_json(state_then(_viewer(viewer), await self._names.roster(viewer.campaign), moment)))

    async def _report(self, campaign: CampaignId) -> Answer:
        name, members = await self._names.campaign_name(campaign), await self._names.roster(campaign)
        made = await self._reports.of_campaign(campaign, name, members)
        return Answer(await asyncio.to_thread(wire_json, made))

    # Moments

    async def _moment_after(self, viewer: PastViewer, event: EventId) -> Moment | None:
        """None for one that the viewer was not told of, after the same work as for one that there never was.

        To find out what was told of a single event one has to fold the log up to it, which takes the longer the more is
        hidden there. So it is looked up in what is known of all events, whichever is asked for.
        """
        told = (
            await self._figures.told(viewer.campaign, _viewer(viewer), await self._joined(viewer))
            if viewer.since is not None
            else None
        )
        version = await self._past.version_of(viewer.campaign, event)
        if version is None or (told is not None and not told.was_told(version)):
            return None
        return await self._past.moment(viewer.campaign, version)

    async def _moment_at(self, viewer: PastViewer, at: datetime) -> Moment | None:
        # By the time, not by the version: that would tell whether something hidden happened before the joining.
        if viewer.since is not None and at < viewer.since:
            return None
        return await self._past.moment_at(viewer.campaign, at)

    async def _joined(self, viewer: PastViewer) -> int:
        """The version after which the past of a player begins."""
        return await self._past.version_at(viewer.campaign, viewer.since) if viewer.since is not None else 0

    # Timelines

    async def _timeline(self, asked: TimelinePart) -> Answer:
        # By all that was asked: another process, after which this one began, gave the same numbers to others.
        begun = self._tellings.take(asked) if asked.place is not None else None
        body = bytearray()
        if begun is None:
            begun = await self._begin(asked)
            if begun is None:
                return NOTHING
            if asked.place is None:
                body += wire_json(begun.timeline.start) + b"\n"
        async for lines in begun.batches:
            body += b"".join([wire_json(line) + b"\n" for line in lines])
            if len(body) >= PART_BYTES:
                return Answer(bytes(body), await self._go_on_later(asked, begun))
        return Answer(bytes(body))

    async def _begin(self, asked: TimelinePart) -> _Telling | None:
        """A timeline from where it is to begin, which may be in its middle."""
        viewer, past, place = asked.viewer, self._past, asked.place
        head = await past.head(viewer.campaign)
        stretch = next((one for one in await past.stretches(viewer.campaign) if str(one.number) == asked.number), None)
        if stretch is None:
            return None
        if place is not None:
            begin = (await past.moment(viewer.campaign, place.version))._replace(stretch=stretch)
        elif asked.begin is not None:
            found = await self._moment_after(viewer, asked.begin)
            if found is None or found.stretch.number != stretch.number:
                return None
            begin = found
        else:
            first = await past.beginning(viewer.campaign, stretch, viewer.since)
            if first is None:
                return None
            begin = first
        members = await self._names.roster(viewer.campaign)
        timeline = Timeline(_viewer(viewer), members, begin, place.told if place is not None else 0)
        return _Telling(timeline, telling(past, viewer.campaign, timeline, stretch.last(head), asked.most))

    async def _go_on_later(self, asked: TimelinePart, begun: _Telling) -> Place:
        place = Place(next(self._numbers), begun.timeline.room.version, begun.timeline.told)
        for given_up in self._tellings.put(replace(asked, place=place), begun):
            await given_up.batches.aclose()
        return place


def _viewer(viewer: PastViewer) -> Viewer:
    return Viewer(viewer.user, viewer.role)
