"""Archives: random histories come back as the same streams, and nothing that is off comes in."""

from __future__ import annotations

import asyncio
import json
import os
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from domain.aggregate import CommandMetadata, SessionAggregate
from domain.decide import CommandContext
from domain.event_codec import EventRow
from domain.events import Event
from domain.ids import CampaignId, UserId
from domain.postgres import PostgresStore
from domain.refusals import Refused
from domain.store import StoreUnavailable
from tests.conftest import fresh_database
from tests.domain.scenario import END, IMMEDIATE, NOW, PAUSE, PUBLISH, RESUME, STAGED, START, message, reveal, update
from transport.accounts import OPERATOR, Directory
from transport.database import connection_pool
from transport.history.archive_file import LINE_BYTES, ArchiveWriter
from transport.history.archive_lines import ArchivedPerson, BadArchive
from transport.history.archiving import archive, restore


def nobody_looks(_done: int, _total: int) -> None:
    """At the progress."""


@dataclass
class Place:
    """A database with its directory and its store."""

    url: str

    async def archive(self, campaign: CampaignId, file: Path, *, names: bool = True) -> int:
        async with PostgresStore(self.url) as store, connection_pool(self.url) as pool:
            return await archive(store, Directory(pool), campaign, file, with_names=names, progress=nobody_looks)

    async def restore(self, file: Path) -> CampaignId:
        async with PostgresStore(self.url) as store, connection_pool(self.url) as pool:
            return CampaignId((await restore(store, Directory(pool), file, nobody_looks)).campaign)

    def rows(self) -> list[tuple[Any, ...]]:
        """The whole log but for the positions, and the campaigns and members."""
        with psycopg.connect(self.url) as connection:
            log = connection.execute(
                "select campaign_id, version, event_id, type, schema_version, recorded_at, actor, session_id,"
                " command_id, data from event_log order by campaign_id, version"
            ).fetchall()
            members = connection.execute("select campaign_id, person_id, role, joined_at from member order by 1, 2")
            return [*log, *members.fetchall()]


async def a_campaign(place: Place, seed: int, length: int) -> CampaignId:
    """One with a random history."""
    dice = Random(seed)
    async with PostgresStore(place.url) as store, connection_pool(place.url) as pool:
        directory = Directory(pool)
        dm = await directory.create_person("Dee")
        campaign = await directory.create_campaign("The Coast", dm, by=OPERATOR)
        aggregate, context = SessionAggregate.at(campaign), CommandContext(players=(), max_staged=1_000)
        events: list[Event] = []
        while len(events) < length:
            key = f"{dice.randint(0, 9)},{dice.randint(-9, 9)}"
            kinds = [
                START,
                PAUSE,
                RESUME,
                END,
                STAGED,
                IMMEDIATE,
                PUBLISH,
                reveal(key),
                message("staged:undo", index=0),
            ]
            command = dice.choice([*kinds, update(**{f"q{key[0]}r1": 'größter Wald \u2603 "'})])
            try:
                metadata = CommandMetadata(dm, NOW, uuid4, dice.choice([None, f"c{len(events)}"]))  # type: ignore[arg-type]
                events += aggregate.handle(command, context, metadata)
            except Refused:
                continue
        await store.append(events)
    return campaign


@pytest.fixture
def elsewhere(server_url: str, migrated_template: str) -> Any:
    """Another server's database."""
    with fresh_database(server_url, migrated_template) as url:
        yield Place(url)


@pytest.mark.parametrize("length", [1, 2, 499, 1_203])
async def test_it_comes_back_as_the_same_stream(
    database: str, elsewhere: Place, tmp_path: Path, seed: int, length: int
) -> None:
    """Every column of every event, the members and since when; archived again the file has the same bytes."""
    place = Place(database)
    campaign = await a_campaign(place, seed, length)
    events = await place.archive(campaign, tmp_path / "one")
    assert events >= length
    assert await elsewhere.restore(tmp_path / "one") == campaign
    assert elsewhere.rows() == place.rows()
    await elsewhere.archive(campaign, tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


async def test_names_are_left_out_unless_asked_for(database: str, elsewhere: Place, tmp_path: Path) -> None:
    """The log has none, so the file has none; restored people are called by their role."""
    place = Place(database)
    campaign = await a_campaign(place, 1, 5)
    await place.archive(campaign, tmp_path / "with")
    await place.archive(campaign, tmp_path / "without", names=False)
    for name in ("Dee", "The Coast"):
        assert name in (tmp_path / "with").read_text("utf-8")
        assert name not in (tmp_path / "without").read_text("utf-8")
    await elsewhere.restore(tmp_path / "without")
    assert elsewhere.rows() == place.rows()


async def test_a_file_that_is_there_is_left_alone(database: str, tmp_path: Path) -> None:
    """Nobody's archive is written over."""
    place = Place(database)
    campaign = await a_campaign(place, 1, 5)
    (tmp_path / "file").write_text("precious")
    with pytest.raises(FileExistsError):
        await place.archive(campaign, tmp_path / "file")
    assert (tmp_path / "file").read_text() == "precious"


def with_line(number: int, change: Callable[[dict[str, Any]], object]) -> Callable[[list[bytes]], None]:
    """Changes the content of a line."""

    def spoil(lines: list[bytes]) -> None:
        content = json.loads(lines[number])
        change(content)
        lines[number] = json.dumps(content).encode() + b"\n"

    return spoil


SPOILT: dict[str, Callable[[list[bytes]], Any]] = {
    "empty": lambda lines: lines.clear(),
    "no json": lambda lines: lines.__setitem__(3, b"nonsense\n"),
    "cut": lambda lines: lines.__setitem__(-1, lines[-1][:20]),
    "without an end": lambda lines: lines.pop(),
    "with more": lambda lines: lines.append(lines[1]),
    "another format": with_line(0, lambda header: header.update(format="zip")),
    "a version to come": with_line(0, lambda header: header.update(version=2)),
    "a version that is no number": with_line(0, lambda header: header.update(version=True)),
    "a key too many": with_line(0, lambda header: header.update(more=1)),
    "nobody in it": with_line(0, lambda header: header.update(people=[])),
    "somebody twice": with_line(0, lambda header: header.update(people=header["people"] * 2)),
    "a member of the day before time": with_line(
        0, lambda header: header["people"][0].update(joinedAt="0001-01-01T00:00:00+14:00")
    ),
    "fewer events": with_line(0, lambda header: header.update(events=header["events"] - 1)),
    "more events": with_line(0, lambda header: header.update(events=header["events"] + 1)),
    "another campaign": with_line(0, lambda header: header.update(campaign=str(uuid4()))),
    "another schema": with_line(0, lambda header: header["schemaVersions"].update(session_started=[7])),
    "a line twice": lambda lines: lines.insert(2, lines[2]),
    "a line less": lambda lines: lines.pop(2),
    "two swapped": lambda lines: lines.__setitem__(slice(2, 4), lines[3:1:-1]),
    "a version skipped": with_line(3, lambda event: event.update(version=9)),
    "an id twice": lambda lines: with_line(3, lambda event: event.update(eventId=json.loads(lines[2])["eventId"]))(
        lines
    ),
    "an unknown kind": with_line(3, lambda event: event.update(type="dragon_slain")),
    "a schema to come": with_line(3, lambda event: event.update(schemaVersion=99)),
    "other data": with_line(3, lambda event: event.update(data={"surprise": 1})),
    "no person": with_line(3, lambda event: event.update(actor="Dee")),
    "no time": with_line(3, lambda event: event.update(recordedAt="yesterday")),
    "the day after time": with_line(3, lambda event: event.update(recordedAt="9999-12-31T23:59:59-14:00")),
    "a line without an end": lambda lines: lines.__setitem__(3, b" " * LINE_BYTES + lines[3]),
    "no zone": with_line(3, lambda event: event.update(recordedAt="2026-03-01T20:00:00")),
    "a command no store takes": with_line(3, lambda event: event.update(commandId="\u0000")),
    "a byte changed": lambda lines: lines.__setitem__(3, lines[3].replace(b"2026", b"2025")),
    "an actor changed": with_line(3, lambda event: event.update(actor=str(uuid4()))),
    "a sum changed": with_line(-1, lambda footer: footer.update(sha256="0" * 64)),
}


@pytest.mark.parametrize("fault", SPOILT)
async def test_what_is_off_is_refused_whole(database: str, elsewhere: Place, tmp_path: Path, fault: str) -> None:
    """The message names the line, and nothing of it is stored."""
    campaign = await a_campaign(Place(database), 5, 8)
    file = tmp_path / "file"
    await Place(database).archive(campaign, file)
    lines = file.read_bytes().splitlines(keepends=True)
    SPOILT[fault](lines)
    file.write_bytes(b"".join(lines))
    with pytest.raises(BadArchive, match=r"^line \d+: "):
        await elsewhere.restore(file)
    assert elsewhere.rows() == []


def with_sum(lines: list[bytes]) -> bytes:
    """These lines, and one to check them by."""
    footer = {"events": len(lines) - 1, "sha256": sha256(b"".join(lines)).hexdigest()}
    return b"".join(lines) + json.dumps(footer).encode() + b"\n"


@pytest.mark.parametrize("fault", ["somebody twice", "a member of the day before time", "the day after time"])
async def test_what_is_off_is_refused_with_a_sum_that_fits_too(
    database: str, elsewhere: Place, tmp_path: Path, fault: str
) -> None:
    """Such a file once left its events in the log without a campaign."""
    campaign = await a_campaign(Place(database), 5, 8)
    file = tmp_path / "file"
    await Place(database).archive(campaign, file)
    lines = file.read_bytes().splitlines(keepends=True)
    SPOILT[fault](lines)
    file.write_bytes(with_sum(lines[:-1]))
    with pytest.raises(BadArchive, match=r"^line \d+: (people\[\d+\]|recordedAt)"):
        await elsewhere.restore(file)
    assert elsewhere.rows() == []


IMPOSSIBLE: dict[str, tuple[str, dict[str, Any], str]] = {
    "nothing is staged": ("changes_published", {"change_ids": [str(uuid4())]}, "No staged changes to publish"),
    "no session runs": ("session_paused", {}, "No active session to pause"),
    "nobody can come": ("player_joined", {"player_id": "not a uuid"}, "names a person by something that is no id"),
    "no fields": ("session_ended", {}, "No active or paused session to end"),
}


@pytest.mark.parametrize("fault", IMPOSSIBLE)
async def test_what_the_rules_never_made_is_refused(elsewhere: Place, tmp_path: Path, fault: str) -> None:
    """Such a file once stopped the analysts' tables of all campaigns for good."""
    topic, data, said = IMPOSSIBLE[fault]
    dm, campaign, lines = UserId(str(uuid4())), CampaignId(uuid4()), ArchiveWriter()
    row = EventRow(campaign, 1, uuid4(), topic, 1, datetime.now(UTC), dm, None, None, json.dumps(data).encode())
    people = [ArchivedPerson(userId=dm, role="dm", joinedAt=datetime.now(UTC), name="Dee")]
    header = lines.header(campaign, "Harmless", people, 1, {topic: [1]})
    file = tmp_path / "file"
    file.write_bytes(header + lines.event(row) + lines.footer())
    with pytest.raises(BadArchive, match=f"^line 2: event 1: .*{said}$"):
        await elsewhere.restore(file)
    assert elsewhere.rows() == []


async def test_a_session_of_another_campaign_is_refused(database: str, tmp_path: Path) -> None:
    """Under other ids of campaign and events it would change what the analysts know of that session."""
    place = Place(database)
    campaign = await a_campaign(place, 5, 20)
    file = tmp_path / "file"
    await place.archive(campaign, file)
    text = file.read_bytes().replace(str(campaign).encode(), str(uuid4()).encode())
    *lines, _ = text.splitlines(keepends=True)
    whole = b"".join(lines)
    for line in lines[1:]:
        event_id = json.loads(line)["eventId"]
        whole = whole.replace(event_id.encode(), str(uuid4()).encode())
    file.write_bytes(with_sum(whole.splitlines(keepends=True)))
    before = place.rows()
    with pytest.raises(BadArchive, match="Sessions of it are here already, in another campaign"):
        await place.restore(file)
    assert place.rows() == before


async def test_no_text_that_the_database_does_not_take(database: str, elsewhere: Place, tmp_path: Path) -> None:
    """NUL in any text of any event is found before the first one is stored."""
    campaign = await a_campaign(Place(database), 5, 40)
    file = tmp_path / "file"
    await Place(database).archive(campaign, file)
    lines = file.read_bytes().splitlines(keepends=True)
    told = 0
    for number, line in enumerate(lines[1:-1], start=1):
        if b'"gr' in line:
            spoilt = [*lines[:number], line.replace(b'"gr', b'"g\\u0000r'), *lines[number + 1 : -1]]
            file.write_bytes(with_sum(spoilt))
            with pytest.raises(BadArchive, match=f"^line {number + 1}: "):
                await elsewhere.restore(file)
            told += 1
    assert told
    assert elsewhere.rows() == []


async def test_a_crowd_comes_back_whole(database: str, elsewhere: Place, tmp_path: Path) -> None:
    """Twenty thousand members: more than a server lets in, and an operator is not bound."""
    place = Place(database)
    campaign = await a_campaign(place, 5, 8)
    file = tmp_path / "file"
    await place.archive(campaign, file)
    lines = file.read_bytes().splitlines(keepends=True)
    header = json.loads(lines[0])
    joined = header["people"][0]["joinedAt"]
    crowd = [{"userId": str(uuid4()), "role": "player", "joinedAt": joined, "name": f"P{n}"} for n in range(20_000)]
    lines[0] = json.dumps({**header, "people": header["people"] + crowd}).encode() + b"\n"
    file.write_bytes(with_sum(lines[:-1]))
    await elsewhere.restore(file)
    with psycopg.connect(elsewhere.url) as connection:
        counted = "select roster_version, (select count(*) from member) from campaign"
        assert connection.execute(counted).fetchall() == [(20_001, 20_001)]


async def test_a_line_that_never_ends_takes_no_memory(elsewhere: Place, tmp_path: Path) -> None:
    """It is refused when it is longer than any good one, as the first line and as another."""
    file = tmp_path / "file"
    header = {"format": "fogbound archive", "version": 1, "campaign": str(uuid4()), "events": 1, "schemaVersions": {}}
    people = [{"userId": str(uuid4()), "role": "dm", "joinedAt": "2026-03-01T20:00:00Z"}]
    for beginning in (b"", json.dumps({**header, "people": people}).encode() + b"\n"):
        file.write_bytes(beginning)
        os.truncate(file, 400_000_000)
        tracemalloc.start()
        try:
            with pytest.raises(BadArchive, match=r"^line [12]: longer than \d+ bytes"):
                await elsewhere.restore(file)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert most < 64 * 1024 * 1024


async def test_what_can_be_read_once_is_refused(elsewhere: Place, tmp_path: Path) -> None:
    """A pipe has nothing left to store when it has been checked."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadArchive, match="no file that can be read twice"):
        await elsewhere.restore(tmp_path / "pipe")


async def test_a_restore_that_breaks_off_says_how_far_it_came(database: str, elsewhere: Place, tmp_path: Path) -> None:
    """And that the same command goes on."""
    campaign = await a_campaign(Place(database), 5, 1_600)
    await Place(database).archive(campaign, tmp_path / "file")

    def cut(done: int, _total: int) -> None:
        if done == 1_000:
            raise StoreUnavailable("The database cannot be reached")

    async with PostgresStore(elsewhere.url) as store, connection_pool(elsewhere.url) as pool:
        with pytest.raises(StoreUnavailable, match=r"reached\. 1000 of 16\d\d events are stored, and the same command"):
            await restore(store, Directory(pool), tmp_path / "file", cut)
    assert await elsewhere.restore(tmp_path / "file") == campaign


async def test_any_byte_that_is_changed_is_found(database: str, elsewhere: Place, tmp_path: Path, seed: int) -> None:
    """Wherever it is."""
    campaign = await a_campaign(Place(database), 5, 8)
    file, dice = tmp_path / "file", Random(seed)
    await Place(database).archive(campaign, file)
    good = file.read_bytes()
    for _ in range(60):
        at = dice.randrange(len(good))
        file.write_bytes(good[:at] + bytes([good[at] ^ (1 << dice.randrange(8))]) + good[at + 1 :])
        with pytest.raises(BadArchive):
            await elsewhere.restore(file)
    assert elsewhere.rows() == []


async def test_a_campaign_that_is_there_is_not_touched(database: str, tmp_path: Path) -> None:
    """A second restore, and one into its own server, are refused."""
    place = Place(database)
    campaign = await a_campaign(place, 5, 8)
    await place.archive(campaign, tmp_path / "file")
    before = place.rows()
    with pytest.raises(BadArchive, match="is here already"):
        await place.restore(tmp_path / "file")
    assert place.rows() == before


async def test_events_of_another_campaign_are_not_doubled(database: str, tmp_path: Path) -> None:
    """A file whose campaign was given another id, with a sum that fits, holds events that are there."""
    place = Place(database)
    campaign = await a_campaign(place, 5, 8)
    file = tmp_path / "file"
    await place.archive(campaign, file)
    text = file.read_bytes().replace(str(campaign).encode(), str(uuid4()).encode())
    *lines, _ = text.splitlines(keepends=True)
    file.write_bytes(with_sum(lines))
    before = place.rows()
    with pytest.raises(BadArchive, match="in another campaign"):
        await place.restore(file)
    assert place.rows() == before


async def test_an_interrupted_restore_goes_on(database: str, elsewhere: Place, tmp_path: Path) -> None:
    """What was stored stays, the campaign is not there yet, and the same call brings the rest."""
    place = Place(database)
    campaign = await a_campaign(place, 5, 1_600)
    file = tmp_path / "file"
    await place.archive(campaign, file)
    stop = asyncio.get_running_loop().create_future()

    async def interrupted() -> None:
        async with PostgresStore(elsewhere.url) as store, connection_pool(elsewhere.url) as pool:

            def progress(done: int, total: int) -> None:
                if done >= 1_000:
                    stop.set_result(None)
                    raise KeyboardInterrupt

            await restore(store, Directory(pool), file, progress)

    with pytest.raises(KeyboardInterrupt):
        await interrupted()
    assert len(elsewhere.rows()) == 1_000
    async with connection_pool(elsewhere.url) as pool:
        assert await Directory(pool).campaign_name(campaign) == ""
    await elsewhere.restore(file)
    assert elsewhere.rows() == place.rows()


async def test_another_past_is_not_continued(database: str, elsewhere: Place, tmp_path: Path) -> None:
    """Events that somebody else wrote to the same stream are not taken for one's own."""
    campaign = await a_campaign(Place(database), 5, 8)
    await Place(database).archive(campaign, tmp_path / "file")
    async with PostgresStore(elsewhere.url) as store:
        aggregate = SessionAggregate.at(campaign)
        metadata = CommandMetadata("00000000-0000-4000-8000-000000000001", NOW, uuid4)  # type: ignore[arg-type]
        await store.append(aggregate.handle(START, CommandContext(players=()), metadata))
    with pytest.raises(BadArchive, match="another past"):
        await elsewhere.restore(tmp_path / "file")
    assert len(elsewhere.rows()) == 1
