"""What somebody may not know makes no difference to what they get: two real servers, compared byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.strategies import SearchStrategy

import transport.rooms.told
from domain.events import Event
from projections.messages import Push
from projections.people import People, Viewer
from projections.room_state import RoomState
from projections.views import messages_for
from tests.conftest import fresh_database
from tests.flow.histories import WORLDS, Deed, Moment, anything, histories
from tests.flow.world import a_world
from tests.lanes import Lane
from transport.http import pace
from transport.server.server import running
from transport.settings import Settings

QUICK, ALL, LONG = 12, 40, 1_000
REMEMBERED = 4
"""Events of each viewer: so few that the end of what can be resumed is among the events of most histories."""

SETTINGS = Settings(port=0, tries_per_minute=0, sign_ups_per_minute=0, resume_events=REMEMBERED)


@dataclass
class Servers:
    """Two, on the loop that they run on."""

    runner: asyncio.Runner
    urls: list[str]
    databases: list[str]

    def compare(self, history: Sequence[Moment], who: str) -> None:
        """Fails unless `who` gets to see the same in both worlds."""
        left, right = self.runner.run(self._play(history, who))
        assert left == right

    async def _play(self, history: Sequence[Moment], who: str) -> list[list[str]]:
        worlds = zip(WORLDS, self.urls, self.databases, strict=True)
        deeds = {world: [moment.of(world) for moment in history] for world in WORLDS}
        return await asyncio.gather(*(_told(url, database, deeds[world], who) for world, url, database in worlds))


async def _told(url: str, database: str, deeds: Sequence[Deed | None], who: str) -> list[str]:
    async with a_world(url, database, who) as world:
        for deed in deeds:
            await world.carry_out(deed)
        for back in (0, REMEMBERED - 1, REMEMBERED, REMEMBERED + 1):
            await world.look(back)
        await world.ask_everything()
        return world.seen.told()


@pytest.fixture(scope="module")
def servers(server_url: str, migrated_template: str) -> Iterator[Servers]:
    with ExitStack() as stack:
        # What is compared is bytes; the beat would make each of the calls take a tenth of a second.
        stack.enter_context(pytest.MonkeyPatch.context()).setattr(pace, "BEAT", 0)
        databases = [stack.enter_context(fresh_database(server_url, migrated_template)) for _ in WORLDS]
        runner = stack.enter_context(asyncio.Runner())
        opened = AsyncExitStack()
        stack.callback(lambda: runner.run(opened.aclose()))
        urls = [runner.run(opened.enter_async_context(running(SETTINGS, database))) for database in databases]
        yield Servers(runner, urls, databases)


def compare_all(
    servers: Servers,
    pairs: SearchStrategy[list[Moment]],
    who: str,
    seed: int,
    count: int,
    *,
    shrink: bool = True,
) -> None:
    """Many pairs of histories; with `shrink` a failure is told by the shortest one that fails."""
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)

    @seeded(seed)
    @settings(max_examples=count, phases=phases, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(pairs)
    def one(history: list[Moment]) -> None:
        servers.compare(history, who)

    one()


def test_what_a_player_may_not_know_makes_no_difference(servers: Servers, seed: int, lane: Lane) -> None:
    """Hidden reveals, terrain, targets, maps, staged and undone changes, refusals, invites: Pia's bytes are equal."""
    compare_all(servers, histories, "Pia", seed, lane.of(QUICK, ALL, LONG))


@pytest.mark.parametrize("who", ["removed", "stranger", "nobody"])
def test_who_is_no_member_learns_nothing_at_all(servers: Servers, seed: int, lane: Lane, who: str) -> None:
    """Whatever happens at the table; the ids are known to them, as from a link that was passed on."""
    compare_all(servers, anything, who, seed, lane.of(QUICK, ALL, LONG // 3) // 4)


def test_a_leak_is_found(servers: Servers, seed: int, lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check can fail: that somebody is shown something must not be told to others, not even without what it is."""

    def too_much(
        viewer: Viewer, event: Event, before: RoomState, after: RoomState, people: People, **known: Any
    ) -> list[Push]:
        told = messages_for(viewer, event, before, after, people, **known)
        if event.TOPIC == "hexes_revealed" and not told:
            return [{"type": "dm:preparing", "preparing": True, "eventId": str(event.event_id)}]
        return told

    monkeypatch.setattr(transport.rooms.told, "messages_for", too_much)
    with pytest.raises(AssertionError, match=r"At index \d+ diff: .*dm:preparing"):
        compare_all(servers, histories, "Pia", seed, LONG, shrink=lane == Lane.LONG)
