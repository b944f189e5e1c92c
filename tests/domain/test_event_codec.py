"""Events become rows and rows become events, those of every earlier day included."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.persistence import StoredEvent

from domain.event_codec import EVENT_CLASSES, KINDS, EventRow, decode, encode, from_stored_event, is_as_written
from domain.events import ChangeStaged, SessionPaused, StagedReveal, StagedUpdate
from domain.store import EventRejected, NewerEvent, UnreadableEvent
from tests.domain.scenario import CAMPAIGN, DM, NOW
from tests.domain.store.streams import a_campaign, reveal

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.json"))


def row_of(sample: dict[str, Any]) -> EventRow:
    """A stored sample as a row of the log."""
    session = sample["session_id"]
    return EventRow(
        UUID(sample["campaign_id"]),
        sample["version"],
        UUID(sample["event_id"]),
        sample["type"],
        sample["schema_version"],
        datetime.fromisoformat(sample["recorded_at"]),
        sample["actor"],
        None if session is None else UUID(session),
        sample["command_id"],
        json.dumps(sample["data"]).encode(),
    )


def with_data(**changes: Any) -> EventRow:
    """The row of a small event, changed."""
    return encode(reveal(a_campaign(), 1))._replace(**changes)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_event_ever_stored_loads(path: Path) -> None:
    """A sample loads, and nothing of what it says is lost: stored again it says the same."""
    sample = json.loads(path.read_text(encoding="utf-8"))
    row = row_of(sample)
    event = decode(row)
    again = encode(event)
    assert type(event) is EVENT_CLASSES[sample["type"]]
    assert again._replace(schema_version=0, data=b"") == row._replace(schema_version=0, data=b"")
    if again.schema_version == row.schema_version:
        assert json.loads(again.data) == sample["data"]


def test_there_is_a_sample_of_every_schema_version() -> None:
    """An event whose shape changes keeps the samples of its earlier shapes, and each has the name of its content."""
    wanted = {
        f"{topic}.v{version}"
        for topic, event in EVENT_CLASSES.items()
        for version in range(1, event.SCHEMA_VERSION + 1)
    }
    assert {path.stem for path in SAMPLES} == wanted
    for path in SAMPLES:
        sample = json.loads(path.read_text(encoding="utf-8"))
        assert path.stem == f"{sample['type']}.v{sample['schema_version']}"


def test_topics_are_distinct_and_plain() -> None:
    """Thirteen events have thirteen topics, which name no Python path."""
    assert len(EVENT_CLASSES) == 13
    assert all(topic.replace("_", "").isalpha() and topic.islower() for topic in EVENT_CLASSES)


@pytest.mark.parametrize(
    "change",
    [
        StagedReveal(hex_keys=("1,2",), audience="all"),
        StagedReveal(hex_keys=("1,2",), audience=(DM,)),
        StagedUpdate(changes=(("1,2", "swamp"),)),
    ],
)
def test_a_staged_change_comes_back_as_its_own_kind(change: StagedReveal | StagedUpdate) -> None:
    """What was staged is still a reveal or an update after it was stored."""
    paused = reveal(CAMPAIGN, 1)
    event = ChangeStaged(**paused.model_dump(exclude={"hex_keys", "audience"}), change=change)
    assert decode(encode(event)) == event


def test_the_data_does_not_repeat_the_envelope() -> None:
    """What has a column of its own is not in data."""
    row = encode(reveal(CAMPAIGN, 1, "mine"))
    assert json.loads(row.data).keys() == {"hex_keys", "audience"}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (with_data(schema_version=0), "schema version 0: no upcaster"),
        (with_data(data=b'{"hex_keys": ["1,2"]'), "is no JSON"),
        (with_data(data=b'{"hex_keys": ["1,2"]}'), "is damaged"),
        (with_data(data=b'{"hex_keys": ["1;2"], "audience": "all"}'), "is damaged"),
        (with_data(data=b"[]"), "has no fields"),
        (with_data(data=b"7"), "has no fields"),
    ],
)
def test_what_can_not_be_read_is_named(row: EventRow, message: str) -> None:
    """An event that this program can't read is an error that says where it lies and what is wrong."""
    with pytest.raises(UnreadableEvent, match=message) as error:
        decode(row)
    assert row.type in str(error.value) or str(row.campaign_id) in str(error.value)
    assert not isinstance(error.value, NewerEvent)


STAGED_LATER = b'{"change": {"kind": "reveal", "hex_keys": ["1,2"], "audience": "all", "tier": "seen"}}'


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (with_data(type="dragon_landed"), "unknown topic dragon_landed: a newer program wrote it"),
        (with_data(schema_version=2), "schema version 2: a newer program wrote it"),
        (with_data(data=b'{"hex_keys": ["1,2"], "audience": "all", "tier": 1}'), "unknown field tier: a newer"),
        (with_data(data=b'{"hex_keys": "1,2", "audience": 7, "tier": 1}'), "unknown field tier: a newer"),
        (with_data(type="change_staged", data=STAGED_LATER), "unknown field change.reveal.tier: a newer"),
    ],
)
def test_what_a_newer_program_wrote_is_told_from_damage(row: EventRow, message: str) -> None:
    """Nothing of it is left out in silence: not an event, and not a field."""
    with pytest.raises(NewerEvent, match=message):
        decode(row)


def test_the_kinds_are_all_that_can_be_read() -> None:
    """Of each there is a sample."""
    assert {path.stem for path in SAMPLES} == KINDS


def test_a_row_of_an_older_shape_is_taken_as_it_is() -> None:
    """What today's program would write says nothing of it."""
    row = with_data()
    assert is_as_written(row, decode(row))
    odd = row._replace(data=b'{"hexes": "1,2"}')
    assert not is_as_written(odd, decode(row))
    assert is_as_written(odd._replace(schema_version=0), decode(row))


def test_text_that_can_not_be_written_is_rejected() -> None:
    """A lone surrogate has no UTF-8."""
    with pytest.raises(EventRejected, match="hexes_revealed"):
        encode(reveal(CAMPAIGN, 1, audience=("\ud800",)))


def test_an_older_shape_is_upcast_before_it_is_validated() -> None:
    """Fields that today's class would refuse pass, when an upcaster takes them further."""
    row = with_data(schema_version=0, data=b'{"hexes": "1,2", "audience": "all"}')
    event = decode(row, {("hexes_revealed", 0): lambda old: {"hex_keys": [old["hexes"]], "audience": "all"}})
    assert encode(event) == row._replace(schema_version=1, data=b'{"hex_keys":["1,2"],"audience":"all"}')


def paused(**state: Any) -> StoredEvent:
    """A stored event in the library's shape."""
    envelope = {
        "originator_id": str(CAMPAIGN),
        "originator_version": 4,
        "timestamp": "2026-03-01T21:00:00+01:00",
        "event_id": str(UUID(int=9)),
        "actor": DM,
        "session_id": str(UUID(int=5)),
        "command_id": "a-command",
        "schema_version": 1,
    }
    return StoredEvent(CAMPAIGN, 4, "session_paused", json.dumps(envelope | state).encode())


def test_the_librarys_shape_is_read_too() -> None:
    """A stored event of the library, whose state holds the envelope, becomes the same event."""
    event = from_stored_event(paused())
    assert isinstance(event, SessionPaused)
    assert (event.originator_id, event.originator_version, event.timestamp) == (CAMPAIGN, 4, NOW)
    assert (event.event_id, event.actor, event.session_id) == (UUID(int=9), DM, UUID(int=5))
    assert event.command_id == "a-command"


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        (StoredEvent(CAMPAIGN, 4, "session_paused", b"{"), "event 4 of .* lacks an envelope"),
        (StoredEvent(CAMPAIGN, 4, "session_paused", b"{}"), "event 4 of .* lacks an envelope"),
        (paused(schema_version=2), "a newer program"),
        (paused(actor=None), "is damaged"),
    ],
)
def test_a_bad_state_of_the_librarys_shape_is_named(stored: StoredEvent, message: str) -> None:
    """What can't be read of it is as clear an error."""
    with pytest.raises(UnreadableEvent, match=message):
        from_stored_event(stored)
