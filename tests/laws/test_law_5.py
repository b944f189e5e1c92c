"""Law 5: what a player may not know makes no difference to what the player gets."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic_core import to_json

import projections.timeline
import transport.rooms.window
from domain.commands import (
    AnyCommand,
    ImportMap,
    ImportTogether,
    RecordArrival,
    RecordDeparture,
    RevealHexes,
    UndoChange,
)
from domain.decide import CommandContext
from domain.hexes import Grid
from domain.map_parts import MapPart
from projections.people import Viewer
from projections.session_list import SessionList
from projections.timeline import Timeline
from projections.views import map_for, messages_for, state_for
from tests.domain.scenario import ADA, BO, CY, message, reveal
from tests.laws.evenings import (
    MEMBERS,
    PEOPLE,
    PLAYERS,
    Evening,
    beginning,
    commands,
    key_lists,
    keys,
    steps_of,
    stretches_of,
    terrains,
)
from tests.laws.remembering import Memory
from transport.maps.file import known_first

VIEWER = Viewer(ADA, "player")
HIDDEN = st.sampled_from(["7,7", "8,8", "9,9"])
"""Hexes that no open command ever touches, so that Ada never gets to know them."""

Secret = tuple[str, AnyCommand]
MANY = CommandContext(players=set(PLAYERS), max_staged=1_000, members=MEMBERS)

open_commands = commands.filter(lambda c: not isinstance(c, UndoChange))
"""An undo by position would take another change when there are secret ones in the queue."""

grids = st.builds(
    lambda size, orientation: Grid(name="Lair", width=9, height=9, hex_size=size, orientation=orientation),
    st.floats(1, 100),
    st.sampled_from(["flat", "pointy"]),
)

secrets: SearchStrategy[Secret] = st.one_of(
    st.builds(
        lambda hexes, to: ("for others", reveal(*hexes, to=to)),
        key_lists,
        st.lists(st.sampled_from([BO, CY]), min_size=1, unique=True),
    ),
    st.builds(lambda key: ("for others", reveal(key, to=[BO])), HIDDEN),
    st.builds(
        lambda key, kind: ("hidden", message("hex:update", changes=[{"key": key, "terrain": kind}])),
        HIDDEN,
        terrains,
    ),
    st.builds(
        lambda key, kind, grid: ("hidden", ImportMap(((key, kind),), ((key, 4),), grid)), HIDDEN, terrains, grids
    ),
    st.builds(
        lambda key, kind, grid, part: ("hidden", ImportMap(((key, kind),), ((key, 4),), grid, part)),
        HIDDEN,
        terrains,
        grids,
        st.builds(
            lambda number, left, takes_back: MapPart(
                import_id=UUID(int=9), file="9" * 64, number=number, left=left, takes_back=takes_back
            ),
            st.integers(1, 3),
            st.integers(0, 2),
            st.booleans(),
        ),
    ),
    st.builds(lambda hexes: ("undone", reveal(*hexes)), key_lists),
    st.builds(
        lambda key, kind: ("undone", message("hex:update", changes=[{"key": key, "terrain": kind}])),
        st.sampled_from(["0,0", "1,1"]),
        terrains,
    ),
)


def happen_in_secret(evening: Evening, secret: Secret) -> None:
    """Carries it out so that Ada may learn nothing of it."""
    kind, command = secret
    if kind != "undone":
        evening.give(command)
    elif evening.room.table.mode == "staged":
        evening.give(command)
        evening.give(message("staged:undo", changeId=str([*evening.room.table.staged][-1].id)))


def looking_back(evening: Evening) -> list[bytes]:
    """What the past shows Ada: the timelines, with a keyframe after every third line, and the figures."""
    lines, figures = [], SessionList(VIEWER, evening.rooms[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projections.timeline, "KEYFRAME_LINES", 3)
        for stretch in stretches_of(evening):
            timeline = Timeline(VIEWER, MEMBERS, beginning(evening, stretch))
            lines.append(to_json(timeline.start))
            for step in steps_of(evening, stretch):
                lines += [to_json(line) for line in timeline.lines(step)]
                figures.take(step, stretch.number)
    return [*lines, to_json(figures.sessions(stretches_of(evening), MEMBERS))]


def bytes_for_ada(evening: Evening) -> list[bytes]:
    """All that Ada gets, frame by frame, with random ids replaced by the order of their appearance."""
    frames = [to_json(state_for(VIEWER, evening.rooms[0], PEOPLE))]
    for n, event in enumerate(evening.events):
        told = messages_for(VIEWER, event, evening.rooms[n], evening.rooms[n + 1], PEOPLE)
        frames += [to_json(message) for message in told]
    frames.append(to_json(state_for(VIEWER, evening.room, PEOPLE)))
    frames.append(to_json(map_for(VIEWER, evening.room, "A campaign")))
    frames += looking_back(evening)
    return with_plain_ids(frames)


def with_plain_ids(frames: list[bytes]) -> list[bytes]:
    """Random ids are replaced by the order of their appearance."""
    names: dict[bytes, bytes] = {}
    # Those of the scenario, and those that were derived from them.
    random_id = re.compile(rb"00000000-0000-0000-0000-[0-9a-f]{12}|[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f-]{8}-[0-9a-f]{12}")
    return [random_id.sub(lambda m: names.setdefault(m[0], b"id%d" % len(names)), frame) for frame in frames]


def coming_back(evening: Evening, most: int, restarts: list[int]) -> list[bytes]:
    """After each event of hers: from where Ada can go on, and what she is sent with each id that she was ever told.

    Before some of the events the room is loaded anew, from what was kept of it then.
    """
    memory, told, frames = Memory(evening, most, MEMBERS), list[str](), list[bytes]()
    for n, event in enumerate(evening.events):
        if n in {restart % len(evening.events) for restart in restarts}:
            memory.load(memory.kept(), n)
        memory.live(n + 1)
        if messages_for(VIEWER, event, evening.rooms[n], evening.rooms[n + 1], PEOPLE):
            told.append(str(event.event_id))
        newest, sent = memory.answers(ADA)
        answers = [(event_id, sent[event_id]) for event_id in told]
        line = [
            f"{newest} {event_id} {rest if rest is None else rest.decode('latin-1')}".encode()
            for event_id, rest in answers
        ]
        if line != frames[-len(line) :]:  # nothing that she is not told of makes a difference
            frames += line
    return with_plain_ids(frames)


def shown_to_others_too(command: AnyCommand, targets: tuple[str, ...]) -> AnyCommand:
    """Another audience, if Ada is in the one that it has: she can't tell."""
    if not isinstance(command, RevealHexes) or not (command.targets == "all" or ADA in command.targets["playerIds"]):
        return command
    return reveal(*command.hex_keys, to="all" if "all" in targets else targets)


@given(st.lists(st.tuples(open_commands, st.lists(secrets, max_size=2)), max_size=12))
def test_5_secrets_leave_no_trace(script: list[tuple[AnyCommand, list[Secret]]]) -> None:
    """Hidden reveals, staged and undone changes, hidden terrain and other players' targets do not show in a byte."""
    plain, secretive = Evening(context=MANY), Evening(context=MANY)
    for command, hidden in script:
        for evening in (plain, secretive):
            evening.give(command)
        for secret in hidden:
            happen_in_secret(secretive, secret)
    assert bytes_for_ada(secretive) == bytes_for_ada(plain)


@given(st.lists(st.dictionaries(HIDDEN | keys, terrains, min_size=1, max_size=3), min_size=1), key_lists)
def test_a_map_file_looks_like_what_a_dm_drew(drawn: list[dict[str, str]], shown: list[str]) -> None:
    """A player can't tell where hexes came from, unless the file drew one that is known in another way."""
    plain, imported = Evening(context=MANY), Evening(context=MANY)
    grid = Grid(name="Lair", width=9, height=9, hex_size=31, orientation="flat")
    for number, hexes in enumerate(drawn):
        plain.give(message("hex:update", changes=[{"key": key, "terrain": kind} for key, kind in hexes.items()]))
        imported.give(ImportMap(tuple(hexes.items()), (), grid))
        for evening in (plain, imported):
            evening.give(reveal(*shown, to=[ADA] if number else [BO]))
    assert bytes_for_ada(imported) == bytes_for_ada(plain)


far = st.builds("{},{}".format, st.integers(20, 40), st.just(9))


@given(
    st.lists(keys, min_size=1, max_size=3, unique=True), st.lists(far, min_size=1, max_size=12, unique=True), st.data()
)
def test_5_an_update_looks_the_same_however_many_hexes_it_has(
    hers: list[str], others: list[str], data: st.DataObject
) -> None:
    """Also if they are more than an event holds, and hers are spread over all of its events."""
    told = []
    for hidden in ([], others):
        evening = Evening(context=MANY)
        evening.give(reveal(*hers, to=[ADA]))
        evening.give(reveal(*others, to=[BO]))
        spread = list(hers)
        for key in hidden:
            spread.insert(data.draw(st.integers(0, len(spread))), key)
        evening.give(message("hex:update", changes=[{"key": key, "terrain": "ice"} for key in spread]))
        told.append(bytes_for_ada(evening))
        last = len(evening.events) - 1
        for n in range(2, last + 1):
            frames = messages_for(VIEWER, evening.events[n], evening.rooms[n], evening.rooms[n + 1], PEOPLE)
            assert [frame["eventId"] for frame in frames] == ([str(evening.events[last].event_id)] if n == last else [])
    assert told[0] == told[1]


COAST = [f"{q},{r}" for q in range(1, 61) for r in range(120)]
"""A map that takes two events, if they are filled."""


@settings(max_examples=25)
@example(set(COAST[600:700]), 0, 4_950)
@given(st.sets(st.sampled_from(COAST), min_size=1, max_size=40), st.integers(0, len(COAST)), st.integers(0, len(COAST)))
def test_5_an_imported_map_looks_the_same_whatever_others_know(hers: set[str], one: int, other: int) -> None:
    """She is told of her hexes in as many messages, and in the same order, and all of them come by the same append."""
    told = []
    for shown_to_bo in (sorted(COAST)[:one], sorted(COAST)[:other]):
        evening = Evening(context=MANY)
        evening.give(reveal(*sorted(hers), to=[ADA]))
        for n in range(0, len(shown_to_bo), 4_000):
            evening.give(reveal(*shown_to_bo[n : n + 4_000], to=[BO]))
        known = len(evening.events)
        file = [ImportMap([(key, "coast") for key in some]) for some in (COAST[:4_000], COAST[4_000:])]
        together, *_ = known_first(file, evening.room.knowers)
        assert evening.give(ImportTogether(together)) is None
        messages = [
            message
            for n in range(known, len(evening.events))
            for message in messages_for(VIEWER, evening.events[n], evening.rooms[n], evening.rooms[n + 1], PEOPLE)
        ]
        told.append(with_plain_ids([to_json(message) for message in messages]))
    assert told[0] == told[1] != []


to_ada = st.sampled_from([("all",), (ADA,), (ADA, BO), (CY, ADA, BO)])
told_to_ada = st.sampled_from(
    [RecordArrival(ADA), RecordDeparture(ADA), RecordArrival(BO), RecordDeparture(BO)]
) | st.builds(lambda hexes: reveal(*hexes, to=[ADA]), key_lists)


@settings(max_examples=300)
@given(
    st.lists(st.tuples(open_commands | told_to_ada | told_to_ada, to_ada, st.lists(secrets, max_size=2)), max_size=25),
    st.sampled_from([1, 2, 5]),
    st.booleans(),
    st.tuples(*[st.lists(st.integers(0, 99), max_size=3)] * 2),
)
def test_5_old_ids_tell_nothing(
    script: list[tuple[AnyCommand, tuple[str, ...], list[Secret]]],
    most: int,
    is_tight: bool,
    restarts: tuple[list[int], list[int]],
) -> None:
    """Which of her old ids resume, and with which messages, is the same in both: the end of the window is in them."""
    plain, secretive = Evening(context=MANY), Evening(context=MANY)
    for command, targets, hidden in ((message("session:start"), ("all",), []), *script):
        plain.give(command)
        secretive.give(shown_to_others_too(command, targets))
        for secret in hidden:
            happen_in_secret(secretive, secret)
    with pytest.MonkeyPatch.context() as patch:
        if is_tight:
            patch.setattr(transport.rooms.window, "WINDOW_BYTES", 700)
        assert coming_back(secretive, most, restarts[1]) == coming_back(plain, most, restarts[0])


def test_5_who_else_was_shown_a_hex_does_not_show_later() -> None:
    """Her own coming and going, of which she is told nothing, must count the same whether a reveal named her or all."""
    answers = []
    for targets in ("all", [ADA], [BO, ADA]):
        evening = Evening(context=MANY)
        for command in (message("session:start"), reveal("0,0", to=targets), RecordArrival(ADA), reveal("1,1")):
            evening.give(command)
        answers.append(coming_back(evening, 2, []))
    assert answers[0] == answers[1] == answers[2]
