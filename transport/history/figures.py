"""The figures of a campaign's sessions. Each fold is kept for a while: what it has counted stays as it is."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.ids import CampaignId, UserId
from projections.people import Member, Viewer
from projections.session_list import SessionList, WireSession
from projections.stretches import Stretch
from transport.history.past import Past

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
        self._folds: OrderedDict[Asked, _Fold] = OrderedDict()

    async def of(
        self, campaign: CampaignId, viewer: Viewer, after: int, members: Mapping[UserId, Member]
    ) -> list[WireSession]:
        """What the viewer was told of after that version. Raises StoreUnavailable, UnreadableEvent."""
        stretches = await self._past.stretches(campaign)
        fold = await self._fold((campaign, viewer, after))
        async with fold.turn:
            await self._catch_up(campaign, fold.list, stretches)
        return fold.list.sessions(stretches, members)

    async def _fold(self, asked: Asked) -> _Fold:
        if asked not in self._folds:
            campaign, viewer, after = asked
            fold = _Fold(SessionList(viewer, await self._past.room_at(campaign, after)))
            self._folds.setdefault(asked, fold)
        self._folds.move_to_end(asked)
        found = self._folds[asked]
        if len(self._folds) > KEPT:
            self._folds.popitem(last=False)
        return found

    async def _catch_up(self, campaign: CampaignId, sessions: SessionList, stretches: list[Stretch]) -> None:
        head = await self._past.head(campaign)
        coming = iter(stretches)
        stretch = next(coming)
        async for batch in self._past.steps(campaign, sessions.room, head):
            for step in batch:
                while not stretch.covers(step.event.originator_version):
                    stretch = next(coming)
                sessions.take(step, stretch.number)
