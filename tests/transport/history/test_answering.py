"""Questions about the past: what is answered, and what it costs, whatever is hidden there."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from typing_extensions import override

from domain.aggregate import CommandMetadata, SessionAggregate
from domain.commands import AnyCommand, ImportMap, RecordArrival
from domain.decide import CommandContext
from domain.events import Event
from domain.ids import CampaignId, EventId, UserId
from domain.memory_store import MemoryStore
from projections.people import Member
from tests.domain.scenario import (
    ADA,
    BO,
    CAMPAIGN,
    DM,
    END,
    IMMEDIATE,
    PUBLISH,
    STAGED,
    START,
    message,
    reveal,
    update,
)
from tests.laws.evenings import MEMBERS
from tests.laws.fake_peers import KeptRooms
from transport.history import AnswersHere, Past, answering
from transport.history.questions import Answer, PastViewer, Report, Sessions, StateAfter, StateAt, TimelinePart

BEGIN = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
JOINED = BEGIN - timedelta(hours=1)
SEEN_BY_ADA = PastViewer(CAMPAIGN, ADA, "player", JOINED)
SEEN_BY_DM = PastViewer(CAMPAIGN, UserId(""), "dm")
UNKNOWN = EventId(uuid4())


class CountingStore(MemoryStore):
    """Counts what it is asked, and the events that it hands out."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: Counter[str] = Counter()

    @override
    async def read(self, campaign: CampaignId, after: int = 0, up_to: int | None = None) -> AsyncIterator[list[Event]]:
        async for events in super().read(campaign, after, up_to):
            self.asked["batches"] += 1
            self.asked["events"] += len(events)
            yield events

    @override
    async def version_of(self, campaign: CampaignId, event: EventId) -> int | None:
        self.asked["version_of"] += 1
        return await super().version_of(campaign, event)

    @override
    async def version_at(self, campaign: CampaignId, moment: datetime) -> int:
        self.asked["version_at"] += 1
        return await super().version_at(campaign, moment)

    @override
    async def lifecycle(self, campaign: CampaignId) -> list[Event]:
        self.asked["lifecycle"] += 1
        return await super().lifecycle(campaign)


class Directory:
    """The people of today."""

    async def roster(self, campaign: CampaignId) -> dict[UserId, Member]:  # noqa: ARG002 - there is one campaign
        return dict(MEMBERS)

    async def campaign_name(self, campaign: CampaignId) -> str:  # noqa: ARG002 - as above
        return "Fog"

    async def of_campaign(
        self, campaign: CampaignId, title: str, members: Mapping[UserId, Member]
    ) -> dict[str, object]:
        return {"campaign": str(campaign), "title": title, "people": sorted(members)}


class Log:
    """A campaign to which commands happen, a second after each other."""

    def __init__(self) -> None:
        self.store = CountingStore()
        self.events: list[Event] = []
        self.now = BEGIN
        self._aggregate = SessionAggregate.at(CAMPAIGN)
        self._context = CommandContext(players={ADA, BO}, online={ADA, BO}, max_staged=1_000)

    async def give(self, *commands: AnyCommand) -> None:
        for command in commands:
            self.now += timedelta(seconds=1)
            happened = self._aggregate.handle(command, self._context, CommandMetadata(DM, self.now, uuid4))
            await self.store.append(happened)
            self.events += happened

    def history(self) -> AnswersHere:
        return AnswersHere(Past(self.store, KeptRooms()), Directory(), Directory())


async def an_evening() -> Log:
    """In which much is hidden from Ada, before and after each thing that she is told."""
    log = Log()
    hidden = (
        update(q7r7="lava"),
        reveal("7,7", to=[BO]),
        ImportMap((("8,8", "lair"), ("9,9", "lair"))),
        STAGED,
        reveal("7,7"),
        update(q7r7="ash"),
        message("staged:undo", index=1),
        message("staged:undo", index=0),
        IMMEDIATE,
    )
    await log.give(START, RecordArrival(BO))
    for number in range(6):
        await log.give(*hidden, reveal(f"0,{number}"), *hidden)
        await log.give(STAGED, reveal("7,7", to=[BO]), PUBLISH, IMMEDIATE)
    await log.give(END, update(q7r7="water"))
    return log


async def answered(answer: Answer) -> Any:
    return None if answer.body is None else json.loads(answer.body)


@pytest.mark.parametrize("is_first", [True, False])
async def test_what_is_hidden_is_looked_for_as_if_it_were_not_there(is_first: bool) -> None:
    """An event that Ada was not told of costs as many questions, and as many events to fold, as one that never was."""
    log = await an_evening()
    told = {line["eventId"] for line in await lines(log.history(), TimelinePart(SEEN_BY_ADA, "1")) if "eventId" in line}
    hidden = [event for event in log.events if str(event.event_id) not in told]
    assert {event.TOPIC for event in hidden} >= {
        "hexes_revealed",
        "hexes_updated",
        "change_staged",
        "change_undone",
        "changes_published",
    }
    history = log.history()
    if not is_first:
        await history.ask(Sessions(SEEN_BY_ADA))
    costs = []
    for event in (UNKNOWN, *(event.event_id for event in hidden)):
        if is_first:
            history = log.history()
        for asked in (StateAfter(SEEN_BY_ADA, event), TimelinePart(SEEN_BY_ADA, "1", event)):
            log.store.asked.clear()
            assert await history.ask(asked) == Answer(None)
            costs.append((type(asked), dict(log.store.asked)))
    assert costs == costs[:2] * (len(hidden) + 1)
    assert costs[0][1]["version_of"] == 1


async def test_what_was_told_is_found() -> None:
    """At each event that Ada was told of she gets the state of then, and a DM at every event."""
    log = await an_evening()
    history = log.history()
    told = {line["eventId"] for line in await lines(history, TimelinePart(SEEN_BY_ADA, "1")) if "eventId" in line}
    for event in log.events:
        answer = await answered(await history.ask(StateAfter(SEEN_BY_ADA, event.event_id)))
        assert (answer is not None) == (str(event.event_id) in told)
        assert (await history.ask(StateAfter(SEEN_BY_DM, event.event_id))).body is not None
        # A DM who looks through her view has no joining, and may name any moment.
        assert (await history.ask(StateAfter(PastViewer(CAMPAIGN, ADA, "player"), event.event_id))).body is not None
    assert await history.ask(StateAfter(SEEN_BY_DM, UNKNOWN)) == Answer(None)


async def test_a_moment_between_sessions_tells_nothing_of_what_is_prepared() -> None:
    """Who was at the table until its end is there no more from then on, and not from the first hidden event on."""
    quiet, busy = Log(), Log()
    for log in (quiet, busy):
        await log.give(START, RecordArrival(BO), END)
    await busy.give(update(q7r7="lava"), reveal("7,7", to=[BO]))
    online = []
    for seconds in range(8):
        at = StateAt(SEEN_BY_ADA, BEGIN + timedelta(seconds=seconds))
        answers = [await answered(await log.history().ask(at)) for log in (quiet, busy)]
        assert {**answers[0], "sessionId": None} == {**answers[1], "sessionId": None}  # a random one
        online.append([person["userId"] for person in answers[0]["connectedPlayers"] if person["online"]])
    # Who looks counts as there; Bo was when the session began.
    assert online == [[ADA, BO]] * 3 + [[ADA]] * 5


async def test_nothing_is_told_of_the_time_before_the_joining() -> None:
    """Whatever happened then."""
    log = await an_evening()
    late = PastViewer(CAMPAIGN, ADA, "player", log.now + timedelta(hours=1))
    history = log.history()
    assert await history.ask(StateAt(late, log.now)) == Answer(None)
    assert await history.ask(StateAfter(late, log.events[0].event_id)) == Answer(None)
    assert await history.ask(TimelinePart(late, "1")) == Answer(None)
    assert await answered(await history.ask(Sessions(late))) == {"sessions": []}


async def lines(history: AnswersHere, asked: TimelinePart, *, forgetful: bool = False) -> list[dict[str, Any]]:
    """All of them, part by part."""
    answer = await history.ask(asked)
    assert answer.body is not None
    whole = answer.body
    while answer.rest is not None:
        if forgetful:
            await history.close()
        answer = await history.ask(TimelinePart(asked.viewer, asked.number, asked.begin, asked.most, answer.rest))
        assert answer.body is not None
        whole += answer.body
    return [json.loads(line) for line in whole.splitlines()]


@pytest.mark.parametrize("forgetful", [False, True])
@pytest.mark.parametrize("most", [None, 5])
@pytest.mark.parametrize("viewer", [SEEN_BY_ADA, SEEN_BY_DM])
async def test_a_timeline_comes_in_parts(
    monkeypatch: pytest.MonkeyPatch, viewer: PastViewer, most: int | None, forgetful: bool
) -> None:
    """Which make up the whole, also when each is asked for after the others were forgotten."""
    log = await an_evening()
    monkeypatch.setattr("projections.timeline.KEYFRAME_LINES", 3)
    # A batch, and so a part, ends after each event.
    monkeypatch.setattr("transport.event_loop.steps.TURN_HEXES", 2)
    history = log.history()
    whole = await lines(history, TimelinePart(viewer, "1", most=most))
    again = await lines(history, TimelinePart(viewer, "1", UUID(whole[3]["eventId"]), most))  # type: ignore[arg-type]
    monkeypatch.setattr(answering, "PART_BYTES", 1)
    assert (await history.ask(TimelinePart(viewer, "1", most=most))).rest is not None
    assert await lines(history, TimelinePart(viewer, "1", most=most), forgetful=forgetful) == whole
    from_there = TimelinePart(viewer, "1", UUID(whole[3]["eventId"]), most)  # type: ignore[arg-type]
    assert await lines(history, from_there, forgetful=forgetful) == again


async def test_only_so_many_timelines_are_kept_open() -> None:
    """Each holds a room: the oldest is given up, and begun anew if it is asked for."""
    log = await an_evening()
    history = log.history()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answering, "PART_BYTES", 1)
        begun = [(await history.ask(TimelinePart(SEEN_BY_DM, "1"))).rest for _ in range(answering.TELLINGS + 5)]
    assert len(history._tellings) == answering.TELLINGS
    whole = await lines(history, TimelinePart(SEEN_BY_DM, "1"))
    for place in (begun[0], begun[-1]):
        answer = await history.ask(TimelinePart(SEEN_BY_DM, "1", place=place))
        assert answer.body is not None
        rest = [json.loads(line) for line in answer.body.splitlines()]
        assert rest == whole[len(whole) - len(rest) :]


async def test_nobody_goes_on_with_the_timeline_of_somebody_else() -> None:
    """The process that answers was replaced: the new one gives the numbers to others that the old one gave."""
    log = await an_evening()
    before, after = log.history(), log.history()
    whole = await lines(log.history(), TimelinePart(SEEN_BY_ADA, "1"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answering, "PART_BYTES", 1)
        adas, dms = [(await before.ask(TimelinePart(who, "1"))).rest for who in (SEEN_BY_ADA, SEEN_BY_DM)]
        assert adas is not None
        going_on = await after.ask(TimelinePart(SEEN_BY_DM, "1", place=dms))
        assert going_on.rest is not None
        assert going_on.rest.telling == adas.telling
    answer = await after.ask(TimelinePart(SEEN_BY_ADA, "1", place=adas))
    assert answer.body is not None
    coming = [json.loads(line) for line in answer.body.splitlines()]
    assert coming
    assert coming == whole[len(whole) - len(coming) :]


async def test_a_report_has_the_names_of_today() -> None:
    """As whoever draws it is told."""
    answer = await answered(await (await an_evening()).history().ask(Report(CAMPAIGN)))
    assert answer == {"campaign": str(CAMPAIGN), "title": "Fog", "people": sorted(MEMBERS)}
