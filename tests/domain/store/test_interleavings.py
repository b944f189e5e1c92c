"""Whatever is appended in whatever order, a store does what a dict would."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.events import Event
from domain.ids import CampaignId, CommandId, EventId
from domain.store import CommandAlreadyDecided, EventStore, VersionConflict
from tests.domain.store.streams import a_campaign, discard, reveal, stored


@dataclass(frozen=True)
class Attempt:
    """An append to one of three campaigns, `ahead` of where it should be by so many versions."""

    campaign: int
    ahead: int
    commands: list[str | None]
    discards: bool


attempts = st.builds(
    Attempt,
    campaign=st.integers(0, 2),
    ahead=st.sampled_from([0, 0, 0, 0, -1, 1]),
    commands=st.lists(st.sampled_from([None, None, "a", "b", "c", "d"]), min_size=1, max_size=3),
    discards=st.booleans(),
).filter(lambda attempt: all(attempt.commands.count(name) == 1 for name in set(attempt.commands) - {None}))
rounds = st.lists(st.lists(attempts, min_size=1, max_size=5), min_size=1, max_size=6)


@dataclass
class Model:
    """The streams of a store as lists."""

    streams: defaultdict[CampaignId, list[Event]] = field(default_factory=lambda: defaultdict(list))
    commands: defaultdict[CampaignId, dict[CommandId, EventId]] = field(default_factory=lambda: defaultdict(dict))

    def events(self, campaign: CampaignId, attempt: Attempt) -> list[Event]:
        """What the attempt would append now."""
        version = len(self.streams[campaign]) + attempt.ahead + 1
        events: list[Event] = []
        if attempt.discards and attempt.commands[0] is not None:
            events.append(discard(campaign, version, attempt.commands[0]))
        for command in attempt.commands:
            events.append(reveal(campaign, version + len(events), command))
        return events

    def append(self, campaign: CampaignId, events: list[Event]) -> type[Exception] | None:
        """The error with which a store refuses them, or none."""
        again = [e for e in events if e.command_id in self.commands[campaign]]
        if again:
            return CommandAlreadyDecided
        if events[0].originator_version != len(self.streams[campaign]) + 1:
            return VersionConflict
        self.streams[campaign] += events
        self.commands[campaign] |= {e.command_id: e.event_id for e in events if e.command_id}
        return None


@settings(
    deadline=None,  # a commit takes as long as the machine's disk does
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # each example has campaigns of its own
)
@given(rounds=rounds)
async def test_a_store_does_what_a_dict_does(store: EventStore, rounds: list[list[Attempt]]) -> None:
    """Appends that come at once and one after the other end as they would on a dict, one after the other."""
    campaigns = [a_campaign() for _ in range(3)]
    model = Model()
    for attempts_at_once in rounds:
        appends, expected = [], []
        for attempt in attempts_at_once:
            campaign = campaigns[attempt.campaign]
            events = model.events(campaign, attempt)
            appends.append(store.append(events))
            expected.append(model.append(campaign, events))
        outcomes = await asyncio.gather(*appends, return_exceptions=True)
        assert [None if outcome is None else type(outcome) for outcome in outcomes] == expected
    for campaign in campaigns:
        assert await stored(store, campaign) == model.streams[campaign]
        assert (await store.head(campaign)).version == len(model.streams[campaign])
        for command, event_id in model.commands[campaign].items():
            with pytest.raises(CommandAlreadyDecided) as again:
                await store.append([reveal(campaign, 1, command)])
            assert again.value.outcomes == {command: event_id}
