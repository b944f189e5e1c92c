"""The figures of a campaign's sessions, and what one viewer was told of: folds that are kept for a while.

What a fold has counted stays as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.ids import CampaignId, UserId
from projections.people import Member, Viewer
from projections.session_list import SessionList, WireSession
from projections.stretches import Stretch
from transport.history.past import Past
from transport.history.recently_used import RecentlyUsed

KEPT = 32
"""Folds, each of which holds a room."""

Asked = tuple[CampaignId, Viewer, int]


@dataclass(slots=True)
class _Fold:
    list: SessionList
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class SessionFigures:
    """Who asks again has to wait only for what is new."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self._folds: RecentlyUsed[Asked, _Fold] = RecentlyUsed(KEPT, lambda fold: fold.list.room)

    async def of(
        self, campaign: CampaignId, viewer: Viewer, after: int, members: Mapping[UserId, Member]
    ) -> list[WireSession]:
        """What the viewer was told of after that version. Raises StoreUnavailable, UnreadableEvent."""
        sessions, stretches = await self._caught_up((campaign, viewer, after))
        return sessions.sessions(stretches, members)

    async def told(self, campaign: CampaignId, viewer: Viewer, after: int) -> SessionList:
        """Knows of each event by now whether the viewer was told of it. Raises StoreUnavailable, UnreadableEvent."""
        return (await self._caught_up((campaign, viewer, after)))[0]

    async def _caught_up(self, asked: Asked) -> tuple[SessionList, list[Stretch]]:
        campaign, viewer, after = asked
        # The head first: then the sessions are known of each event up to it.
        head = await self._past.head(campaign)
        stretches = await self._past.stretches(campaign)
        fold = self._folds.get(asked)
        if fold is None:
            made = _Fold(SessionList(viewer, await self._past.room_at(campaign, after)))
            # Somebody else may have begun one meanwhile.
            fold = self._folds.get(asked) or made
            self._folds.put(asked, fold)
        async with fold.turn:
            await self._catch_up(campaign, fold.list, stretches, head)
        self._folds.put(asked, fold)
        return fold.list, stretches

    async def _catch_up(self, campaign: CampaignId, sessions: SessionList, stretches: list[Stretch], head: int) -> None:
        coming = iter(stretches)
        stretch = next(coming)
        async for batch in self._past.steps(campaign, sessions.room, head):
            for step in batch:
                while not stretch.covers(step.event.originator_version):
                    stretch = next(coming)
                sessions.take(step, stretch.number)
