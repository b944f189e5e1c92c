"""From where somebody can go on depends on the log and the members, and not on which servers had the room open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import transport.rooms.window
from domain.ids import UserId
from projections.people import Member, Viewer
from projections.room_state import Step
from projections.views import messages_for
from tests.domain.scenario import ADA, BO, CY
from tests.laws.evenings import MEMBERS, PEOPLE, PLAYERS, VIEWERS, Evening, evenings
from tests.laws.remembering import Answers, Memory
from transport.rooms.resume import missed, newest
from transport.rooms.told import Told, frames_of, tell_of
from transport.rooms.window import Window
from transport.wire.frames import message_frame

FEW_BYTES = 700
"""A few events, so that both bounds of a window count."""


def turned(members: Mapping[UserId, Member], user: UserId, version: int) -> dict[UserId, Member]:
    """A player is a DM from that version on, or the other way round."""
    member = members[user]
    role = "player" if member.role == "dm" else "dm"
    return {**members, user: replace(member, role=role, visible_since=version)}  # type: ignore[arg-type]


def all_answers(memory: Memory) -> dict[UserId, Answers]:
    return {user: memory.answers(user) for user in memory.members}


@given(evenings(max_commands=40), st.sampled_from([0, 1, 2, 5, 1_000]), st.booleans(), st.data())
def test_a_room_that_was_loaded_remembers_what_an_open_one_does(
    evening: Evening, most: int, is_tight: bool, data: st.DataObject
) -> None:
    """From a snapshot of any moment and the log since, or from the log alone; whoever changed their role meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        if is_tight:
            patch.setattr(transport.rooms.window, "WINDOW_BYTES", FEW_BYTES)
        versions = st.integers(0, len(evening.events))
        changes = data.draw(st.lists(st.tuples(versions, st.sampled_from([ADA, BO, CY])), max_size=4).map(sorted))
        moments = data.draw(st.lists(versions, max_size=3))
        live, kept = Memory(evening, most, MEMBERS), {}
        for version in range(len(evening.events) + 1):
            live.live(version)
            for at, user in changes:
                if at == version:
                    live.become(turned(live.members, user, version))
            if version in moments:
                kept[version] = live.kept()
        expected = all_answers(live)
        from_the_start = Memory(evening, most, live.members)
        from_the_start.live(len(evening.events))
        assert all_answers(from_the_start) == expected
        for version, windows in kept.items():
            loaded = Memory(evening, most, live.members)
            loaded.load(windows, version)
            loaded.live(len(evening.events))
            assert all_answers(loaded) == expected


@given(evenings(max_commands=40), st.sampled_from(VIEWERS))
def test_what_is_replayed_is_what_was_told(evening: Evening, viewer: Viewer) -> None:
    """Message by message, from each event that the viewer was told of; the staged list aside."""
    memory = Memory(evening, 1_000, MEMBERS)
    memory.live(len(evening.events))
    told = []
    for n, event in enumerate(evening.events):
        messages = messages_for(viewer, event, evening.rooms[n], evening.rooms[n + 1], PEOPLE)
        if messages:
            once = [message for message in messages if message["type"] != "staged:changes"]
            told.append((str(event.event_id), b"".join(map(message_frame, once)), len(once)))
    newest, sent = memory.answers(viewer.user_id)
    assert newest == (told[-1][0] if told else None)
    for n, (event_id, _, count) in enumerate(told):
        first = n if count > 1 else n + 1
        assert sent[event_id] == b"".join(frames for _, frames, _ in told[first:])
    assert {event_id for event_id, rest in sent.items() if rest is not None} == {event_id for event_id, _, _ in told}


@given(evenings(max_commands=40), st.sets(st.sampled_from(PLAYERS)).map(frozenset))
def test_who_is_not_told_apart_is_told_what_any_player_is(evening: Evening, players: frozenset[UserId]) -> None:
    """So that an event is computed as often as it says something else, and no more often."""
    for n, event in enumerate(evening.events):
        step = Step(event, evening.rooms[n], evening.rooms[n + 1])
        telling = tell_of(step, PEOPLE, players)
        assert telling.apart.keys() <= players
        for viewer in VIEWERS:
            if viewer.role == "player" and viewer.user_id not in players:
                continue
            told = telling.to(viewer)
            messages = messages_for(viewer, event, step.before, step.after, PEOPLE)
            once = [message for message in messages if message["type"] != "staged:changes"]
            if told is not None and told.move is not None:
                assert (
                    once == []
                    if told.move.user == viewer.user_id
                    else frames_of(told, PEOPLE) == message_frame(once[0])
                )
                continue
            assert (told is not None) == bool(messages)
            assert (told.frames if told is not None else b"") == b"".join(map(message_frame, once))
            assert telling.has_queue or once == messages


@given(evenings(max_commands=40), st.integers(0, 8), st.integers(0, 1_500))
def test_a_window_is_what_fits_of_the_newest(evening: Evening, most: int, most_bytes: int) -> None:
    """It never matters what was in it before: the longest end that is small enough, and at least the newest's place."""
    memory = Memory(evening, 1_000, MEMBERS)
    memory.live(len(evening.events))
    everything = list(memory.windows.kept().players)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transport.rooms.window, "WINDOW_BYTES", most_bytes)
        found = list(Window(most, everything).events)
    end: list[Told] = []
    for told in reversed(everything):
        is_too_large = len(told.frames) > most_bytes
        before = [*(told.places() if is_too_large else [told]), *end]
        if sum(len(one.frames) for one in before) > most_bytes:
            break
        end = before
        if is_too_large:
            break
    assert found == end[max(0, len(end) - most) :]
    known = {told.event_id for told in found}
    for told in everything:
        rest = missed(MEMBERS[ADA], found, told.event_id)
        assert rest is None or told.event_id in known
        assert rest is None or not any(one.is_left_out for one in rest)
    if most and everything:
        newest_place = newest(MEMBERS[ADA], found, len(evening.events))
        assert newest_place is None or missed(MEMBERS[ADA], found, newest_place) is not None
