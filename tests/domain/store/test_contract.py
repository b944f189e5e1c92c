"""What every event store promises."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.events import Event
from domain.ids import EventId
from domain.store import CommandAlreadyDecided, EventRejected, EventStore, Head, VersionConflict
from tests.domain.store.streams import (
    DM,
    NOW,
    a_campaign,
    discard,
    end,
    map_part,
    oversized,
    reveal,
    reveals,
    start,
    stored,
)


async def test_events_come_back_as_they_were_in_order(store: EventStore) -> None:
    """What was appended is read back, equal and in the order of its versions."""
    campaign = a_campaign()
    events: list[Event] = [reveal(campaign, 1, "first"), discard(campaign, 2, "second"), map_part(campaign, 3, hexes=3)]
    await store.append(events[:2])
    await store.append(events[2:])
    assert await stored(store, campaign) == events


async def test_reading_starts_after_a_version(store: EventStore) -> None:
    """A reader who has seen some versions gets only the later ones."""
    campaign = a_campaign()
    events = reveals(campaign, range(1, 6))
    await store.append(events)
    assert await stored(store, campaign, after=3) == events[3:]
    assert await stored(store, campaign, after=5) == []


async def test_a_long_stream_comes_in_batches(store: EventStore) -> None:
    """Nobody has to hold a whole stream, and no batch is empty."""
    campaign = a_campaign()
    events = reveals(campaign, range(1, 1_202))
    await store.append(events)
    batches = [batch async for batch in store.read(campaign)]
    assert len(batches) > 1
    assert all(batches)
    assert [event for batch in batches for event in batch] == events


async def test_a_stream_that_nobody_wrote_to_is_empty(store: EventStore) -> None:
    """An unknown campaign has no events and no head."""
    assert await stored(store, a_campaign()) == []
    assert await store.head(a_campaign()) == Head(0, None)


async def test_the_head_is_the_newest_event(store: EventStore) -> None:
    """The head names the last version and its event."""
    campaign = a_campaign()
    events = reveals(campaign, range(1, 4))
    await store.append(events)
    assert await store.head(campaign) == Head(3, events[-1].event_id)


async def test_the_heads_of_many_streams(store: EventStore) -> None:
    """The versions of several campaigns come in one answer, without those that nobody wrote to."""
    one, other = a_campaign(), a_campaign()
    await store.append(reveals(one, range(1, 4)))
    await store.append(reveals(other, range(1, 3)))
    assert await store.heads([one, a_campaign(), other]) == {one: 3, other: 2}
    assert await store.heads([]) == {}


async def test_nothing_to_append_is_nothing_to_do(store: EventStore) -> None:
    """An empty append succeeds and changes nothing."""
    await store.append([])


async def test_campaigns_do_not_mix(store: EventStore) -> None:
    """Each campaign has its own versions, commands and events."""
    one, other = a_campaign(), a_campaign()
    await store.append([reveal(one, 1, "same")])
    await store.append([reveal(other, 1, "same"), reveal(other, 2)])
    assert (await store.head(one)).version == 1
    assert [event.originator_id for event in await stored(store, other)] == [other, other]


@pytest.mark.parametrize("version", [1, 2, 4, 1_000])
async def test_a_version_must_follow_the_head(store: EventStore, version: int) -> None:
    """A version that is taken, or that would leave a gap, is a conflict and records nothing."""
    campaign = a_campaign()
    events = reveals(campaign, range(1, 3))
    await store.append(events)
    with pytest.raises(VersionConflict):
        await store.append(reveals(campaign, range(version, version + 2)))
    assert await stored(store, campaign) == events


async def test_a_stream_starts_at_version_1(store: EventStore) -> None:
    """Version 2 can't be the first one, nor can version 0."""
    for version in (0, 2):
        with pytest.raises(VersionConflict):
            await store.append([reveal(a_campaign(), version)])


async def test_an_append_has_no_gap_inside(store: EventStore) -> None:
    """Versions 1 and 3 together are a conflict."""
    campaign = a_campaign()
    with pytest.raises(VersionConflict):
        await store.append([reveal(campaign, 1), reveal(campaign, 3)])
    assert await stored(store, campaign) == []


async def test_an_append_is_of_one_campaign(store: EventStore) -> None:
    """Events of two campaigns in one append are a mistake of the caller."""
    with pytest.raises(ValueError, match="one campaign"):
        await store.append([reveal(a_campaign(), 1), reveal(a_campaign(), 2)])


async def test_of_two_that_write_the_same_version_one_wins(store: EventStore) -> None:
    """Two appends at once for the same version: the first is recorded, the second conflicts."""
    campaign = a_campaign()
    event = reveal(campaign, 1)
    first, second = await asyncio.gather(
        store.append([event]), store.append([reveal(campaign, 1)]), return_exceptions=True
    )
    assert first is None
    assert isinstance(second, VersionConflict)
    assert await stored(store, campaign) == [event]


async def test_a_command_is_executed_once(store: EventStore) -> None:
    """A command id that the campaign has seen is refused with the event of the first time."""
    campaign = a_campaign()
    first = reveal(campaign, 1, "once")
    await store.append([first])
    with pytest.raises(CommandAlreadyDecided) as refusal:
        await store.append([reveal(campaign, 2, "new"), reveal(campaign, 3, "once")])
    assert refusal.value.outcomes == {"once": first.event_id}
    assert await stored(store, campaign) == [first]


async def test_a_command_that_was_sent_twice_at_once_is_executed_once(store: EventStore) -> None:
    """The same command in two appends at once: the second learns which event the first became."""
    campaign = a_campaign()
    first = reveal(campaign, 1, "once")
    outcomes = await asyncio.gather(
        store.append([first]), store.append([reveal(campaign, 2, "once")]), return_exceptions=True
    )
    assert outcomes[0] is None
    assert isinstance(outcomes[1], CommandAlreadyDecided)
    assert outcomes[1].outcomes == {"once": first.event_id}


async def test_an_old_command_is_told_apart_from_a_conflict(store: EventStore) -> None:
    """Whoever repeats a command at an old version learns of the command, which is the better news."""
    campaign = a_campaign()
    await store.append([reveal(campaign, 1, "once")])
    with pytest.raises(CommandAlreadyDecided):
        await store.append([reveal(campaign, 1, "once")])


async def test_a_discard_may_share_its_command(store: EventStore) -> None:
    """Ending a session is one command with two events."""
    campaign = a_campaign()
    events: list[Event] = [discard(campaign, 1, "end"), reveal(campaign, 2, "end")]
    await store.append(events)
    with pytest.raises(CommandAlreadyDecided) as refusal:
        await store.append([reveal(campaign, 3, "end")])
    assert refusal.value.outcomes == {"end": events[1].event_id}


async def test_a_command_id_is_one_of_its_campaign(store: EventStore) -> None:
    """Another campaign may use the same."""
    await store.append([reveal(a_campaign(), 1, "same")])
    await store.append([reveal(a_campaign(), 1, "same")])


async def test_an_append_is_all_or_nothing(store: EventStore) -> None:
    """One event that can't be stored keeps the others of its append out."""
    campaign = a_campaign()
    with pytest.raises(EventRejected):
        await store.append([reveal(campaign, 1), oversized(campaign, 2)])
    assert await stored(store, campaign) == []


async def test_what_is_no_valid_row_is_rejected(store: EventStore) -> None:
    """Ids that are none or not unique, and text that can't be written, are rejected for good."""
    campaign, taken = a_campaign(), uuid4()
    await store.append([reveal(campaign, 1, event_id=taken)])
    for bad in (
        [reveal(campaign, 2, actor="not a UUID")],
        [reveal(campaign, 2, event_id=taken)],
        [reveal(campaign, 2, event_id=(twice := uuid4())), reveal(campaign, 3, event_id=twice)],
        [reveal(campaign, 2, "twice"), reveal(campaign, 3, "twice")],
        [reveal(campaign, 2, "\ud800")],
        [reveal(campaign, 2, "\x00")],
        [reveal(campaign, 2, audience=(DM, "\ud800"))],
    ):
        with pytest.raises(EventRejected):
            await store.append(bad)
    assert (await store.head(campaign)).version == 1


async def test_a_map_of_100_000_hexes_goes_in_at_once(store: EventStore) -> None:
    """A large append is one append: twenty events of 5,000 hexes."""
    campaign = a_campaign()
    events = [map_part(campaign, version) for version in range(1, 21)]
    await store.append(events)
    assert await stored(store, campaign) == events


async def test_reading_ends_at_a_version(store: EventStore) -> None:
    """A reader who wants the past gets nothing of what came after it, over batches too."""
    campaign = a_campaign()
    events = reveals(campaign, range(1, 1_202))
    await store.append(events)
    for after, up_to in ((0, 0), (0, 3), (2, 3), (3, 3), (5, 3), (0, 500), (0, 501), (400, 1_100), (0, 5_000)):
        read = [event async for batch in store.read(campaign, after, up_to) for event in batch]
        assert read == events[after:up_to]


async def test_a_reader_may_stop_early(store: EventStore) -> None:
    """What was read ahead for nothing is no hindrance."""
    campaign = a_campaign()
    events = reveals(campaign, range(1, 2_002))
    await store.append(events)
    reading = store.read(campaign)
    assert (await anext(reading))[0] == events[0]
    await reading.aclose()  # type: ignore[attr-defined]
    assert await stored(store, campaign) == events


async def test_what_sessions_went_through_is_found_among_the_rest(store: EventStore) -> None:
    """The few events that start and end sessions, in order, without the others and without other campaigns'."""
    campaign, other = a_campaign(), a_campaign()
    events: list[Event] = [
        reveal(campaign, 1),
        start(campaign, 2),
        reveal(campaign, 3),
        end(campaign, 4),
        start(campaign, 5, 2),
    ]
    await store.append(events)
    await store.append([start(other, 1)])
    assert await store.lifecycle(campaign) == [events[1], events[3], events[4]]
    assert await store.lifecycle(a_campaign()) == []


async def test_an_event_is_found_in_its_own_stream_only(store: EventStore) -> None:
    """The id of another campaign's event is as unknown as one that nobody ever made."""
    campaign, other = a_campaign(), a_campaign()
    mine, others = reveals(campaign, range(1, 4)), reveals(other, range(1, 4))
    await store.append(mine)
    await store.append(others)
    assert [await store.version_of(campaign, event.event_id) for event in mine] == [1, 2, 3]
    assert await store.version_of(campaign, others[0].event_id) is None
    assert await store.version_of(campaign, EventId(uuid4())) is None


@pytest.mark.parametrize("number", [0, 1, 2, 3, 7, 8])
async def test_a_moment_has_a_place(store: EventStore, number: int) -> None:
    """The last event that was recorded by then, also before the first, after the last and at one's very time."""
    campaign = a_campaign()
    second = timedelta(seconds=1)
    events: list[Event] = [reveal(campaign, n + 1, at=NOW + n // 2 * second) for n in range(number)]
    await store.append(events)
    await store.append([reveal(other := a_campaign(), 1, at=NOW - second), reveal(other, 2)])
    for step in range(-1, number + 1):
        moment = NOW + step * second / 2
        assert await store.version_at(campaign, moment) == sum(event.timestamp <= moment for event in events)


async def test_a_clock_that_was_set_back_shows_nothing_too_early(store: EventStore) -> None:
    """In an old log: what was recorded later than then is not found, whatever follows it."""
    campaign = a_campaign()
    times = [0, 5, 6, 2, 3, 9]
    await store.append([reveal(campaign, n + 1, at=NOW + timedelta(seconds=at)) for n, at in enumerate(times)])
    places = [await store.version_at(campaign, NOW + timedelta(seconds=at)) for at in range(-1, 11)]
    assert places == [0, 1, 1, 1, 1, 1, 2, 5, 5, 5, 6, 6]


@pytest.mark.parametrize("hidden", [0, 1, 2, 3, 5])
async def test_what_follows_moves_nothing_that_was_found(store: EventStore, hidden: int) -> None:
    """In an old log: a second server, whose clock was behind, wrote after the second event."""
    campaign = a_campaign()
    times = [0, 500, *range(450, 450 + hidden)]
    await store.append([reveal(campaign, n + 1, at=NOW + timedelta(milliseconds=at)) for n, at in enumerate(times)])
    at = {at: await store.version_at(campaign, NOW + timedelta(milliseconds=at)) for at in (200, 460, 499, 501)}
    assert at == {200: 1, 460: 1, 499: 1, 501: len(times)}
