"""The check at the end: does everybody know what they should, to the server and to the log?"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal
from uuid import UUID

from domain.ids import CampaignId, UserId
from domain.postgres import PostgresStore
from projections.people import Member, People, Viewer
from projections.room_state import RoomState, replay
from projections.viewer_state import ViewerState
from projections.views import state_for
from transport.rehearsal.company import Actor, Company
from transport.rehearsal.differences import differences
from transport.rehearsal.failure import RehearsalFailed

SETTLE_SECONDS = 5.0
"""For the last messages to arrive: lists of people and of staged changes come up to a moment later."""

BACK_SECONDS = 60.0
"""For clients whose server was away: the longest wait between two tries is half of it."""

POLL_SECONDS = 0.1

Source = Literal["a new connection", "the log"]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Somebody knows something else than they should; `what` has a line for each part of the state."""

    alias: str
    source: Source
    what: list[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`log_checked` is False when there was no database to read."""

    mismatches: list[Mismatch]
    log_checked: bool


Expectation = Callable[[], Awaitable[ViewerState]]


async def judge(company: Company, database: str | None, patience: float = SETTLE_SECONDS) -> Verdict:
    """Compares what every client has folded with both sources, at most `patience` seconds for each.

    Raises ClientError, EngineError, and RehearsalFailed if a client that lost its connection stays away.
    """
    await _all_back(company)
    log = _FoldOfLog(CampaignId(UUID(company.campaign)), database) if database is not None else None
    mismatches: list[Mismatch] = []
    for alias, actor in company.actors.items():
        expectations: dict[Source, Expectation] = {"a new connection": actor.client.fresh_state}
        if log is not None:
            expectations["the log"] = partial(_by_the_log, log, actor, company)
        for source, expectation in expectations.items():
            if what := await _lasting_differences(actor, expectation, patience):
                mismatches.append(Mismatch(alias, source, what))
    return Verdict(mismatches, log_checked=log is not None)


async def _all_back(company: Company) -> None:
    try:
        async with asyncio.timeout(BACK_SECONDS):
            for actor in company.actors.values():
                await actor.client.until_live()
    except TimeoutError:
        raise RehearsalFailed("somebody has lost the connection and does not get back") from None


async def _lasting_differences(actor: Actor, expectation: Expectation, patience: float) -> list[str]:
    deadline = asyncio.get_running_loop().time() + patience
    while what := differences(actor.client.state, await expectation()):
        if asyncio.get_running_loop().time() > deadline:
            return what
        await asyncio.sleep(POLL_SECONDS)
    return []


class _FoldOfLog:
    """What the log says by now: a client that lost its answer may still send a command again."""

    def __init__(self, campaign: CampaignId, database: str) -> None:
        self._campaign = campaign
        self._database = database
        self._room = RoomState()

    async def newest(self) -> RoomState:
        async with PostgresStore(self._database) as store:
            async for events in store.read(self._campaign, after=self._room.version):
                self._room = replay(events, self._room)
        return self._room


async def _by_the_log(log: _FoldOfLog, actor: Actor, company: Company) -> ViewerState:
    """People are no part of the log: those come from the server's list of members."""
    room = await log.newest()
    here = await company.dm.client.members(company.campaign)
    members = {UserId(one["userId"]): Member(UserId(one["userId"]), one["name"], one["role"]) for one in here}
    people = People(members, frozenset(UserId(one["userId"]) for one in here if one["online"]))
    viewer = Viewer(actor.user_id, members[actor.user_id].role)
    return ViewerState.of(state_for(viewer, room, people))
