"""What each person writes to the log is counted over all servers, and has an end until tomorrow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.commands import AnyCommand, ImportMap, PauseSession, RecordArrival, RecordDeparture
from domain.decide import CommandContext
from domain.event_codec import EventRow
from domain.ids import CampaignId, CommandId, UserId
from domain.memory_store import MemoryStore
from domain.refusals import QuotaExceeded
from domain.store import StoreUnavailable
from projections.people import Member
from tests.domain.scenario import PUBLISH, STAGED, START, reveal
from transport.accounts import Directory
from transport.database import connection_pool
from transport.rooms.command import Outcome, PendingCommand
from transport.rooms.command_handler import CommandHandler
from transport.rooms.log_growth import EVENT_BYTES, MEGABYTE, ROW_BYTES, LogGrowth, seconds_until_tomorrow
from transport.server.bookkeeping import Bookkeeping

DEE, ADA, BO, CY = (UserId(str(uuid4())) for _ in range(4))
CAMPAIGN = CampaignId(uuid4())
NOW = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)


def row(actor: UserId, size: int) -> EventRow:
    """An event whose data has so many bytes."""
    return EventRow(uuid4(), 1, uuid4(), "hexes_updated", 1, NOW, actor, None, None, b"x" * size)


def pending(command: AnyCommand, actor: UserId = DEE, command_id: str | None = None) -> PendingCommand:
    def nobody_listens(_outcome: Outcome) -> None: ...

    return PendingCommand(command, actor, nobody_listens, CommandId(command_id) if command_id else None)


@dataclass
class Sums:
    """The database, as one server sees it."""

    bytes: dict[UserId, int] = field(default_factory=dict)
    is_away: bool = False

    async def add_log_growth(self, written: Mapping[UserId, int]) -> None:
        if self.is_away:
            raise StoreUnavailable
        for actor, size in written.items():
            self.bytes[actor] = self.bytes.get(actor, 0) + size

    async def log_growth_over(self, most: int) -> frozenset[UserId]:
        if self.is_away:
            raise StoreUnavailable
        return frozenset(actor for actor, size in self.bytes.items() if size >= most)


def is_over(growth: LogGrowth, actor: UserId) -> bool:
    try:
        growth.check(pending(START, actor))
    except QuotaExceeded:
        return True
    return False


async def until_over(growth: LogGrowth, actor: UserId) -> None:
    async with asyncio.timeout(10):
        while not is_over(growth, actor):  # noqa: ASYNC110 - it is the database that says so
            await asyncio.sleep(0.01)


async def test_who_writes_too_much_is_refused_at_every_server() -> None:
    """From the next exchange on; whoever wrote less goes on, and on the next day everybody does."""
    sums, one, other = Sums(), LogGrowth(1), LogGrowth(1)
    one.count([row(DEE, MEGABYTE // 2), row(ADA, 10)])
    await one.exchange(sums)
    other.count([row(DEE, MEGABYTE // 2)])
    await other.exchange(sums)
    assert is_over(other, DEE)
    assert not is_over(one, DEE)
    await one.exchange(sums)
    assert is_over(one, DEE)
    assert not is_over(one, ADA)
    sums.bytes.clear()
    await one.exchange(sums)
    assert not is_over(one, DEE)


async def test_small_events_count_for_what_they_take() -> None:
    """An event without data fills the disk too."""
    sums, growth = Sums(), LogGrowth(1)
    growth.count([row(DEE, 2)] * 4_000)
    await growth.exchange(sums)
    assert sums.bytes == {DEE: 4_000 * (2 + EVENT_BYTES)}
    assert is_over(growth, DEE)


async def test_what_could_not_be_written_is_written_later() -> None:
    """Once."""
    sums, growth = Sums(is_away=True), LogGrowth(1)
    for _ in range(3):
        growth.count([row(DEE, 100)])
        with pytest.raises(StoreUnavailable):
            await growth.exchange(sums)
    sums.is_away = False
    await growth.exchange(sums)
    await growth.exchange(sums)
    assert sums.bytes == {DEE: 3 * (100 + EVENT_BYTES)}


async def test_without_a_limit_nothing_is_counted() -> None:
    """And nobody is asked."""
    growth = LogGrowth(0)
    growth.count([row(DEE, MEGABYTE)] * 300)
    await growth.exchange(Sums(is_away=True))
    assert not is_over(growth, DEE)


@pytest.mark.parametrize(
    ("command", "is_refused"),
    [
        (START, True),
        (reveal("0,0"), True),
        (ImportMap([("0,0", "forest")]), True),
        (RecordArrival(DEE), False),
        (RecordDeparture(DEE), False),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_what_people_ask_for_is_refused(command: AnyCommand, *, is_refused: bool) -> None:
    """Commands and maps; that somebody came or left is what the engine sees."""
    growth = LogGrowth(1)
    await growth.exchange(Sums({DEE: MEGABYTE}))
    try:
        growth.check(pending(command))
    except QuotaExceeded:
        assert is_refused
    else:
        assert not is_refused


async def test_the_refusal_uses_up_no_id() -> None:
    """The same command is carried out on the next day; one that was carried out before keeps its outcome."""
    members = {DEE: Member(DEE, "Dee", "dm")}
    context = CommandContext(players=(), max_staged=10)
    sums, growth, store = Sums(), LogGrowth(1), MemoryStore()
    handler = CommandHandler(CAMPAIGN, lambda: NOW, growth)

    async def outcome(command: AnyCommand, command_id: str) -> Outcome:
        decisions = handler.decide([pending(command, DEE, command_id)], context, members)
        events = [event for one in decisions for event in one.events]
        await store.append(events)
        handler.stored(decisions)
        return decisions[0].outcome()

    first = await outcome(START, "a")
    assert isinstance(first, UUID)
    sums.bytes[DEE] = MEGABYTE
    await growth.exchange(sums)
    assert isinstance(await outcome(reveal("0,0"), "b"), QuotaExceeded)
    assert await outcome(START, "a") == first
    sums.bytes.clear()
    await growth.exchange(sums)
    assert isinstance(await outcome(reveal("0,0"), "b"), UUID)


async def test_refusals_count_too() -> None:
    """Each with an id leaves a row behind; one that is repeated leaves none."""
    sums, growth = Sums(), LogGrowth(1)
    handler = CommandHandler(CAMPAIGN, lambda: NOW, growth)
    pause = PauseSession(type="session:pause")
    for command_id in ("a", "b", "a"):
        decisions = handler.decide(
            [pending(pause, DEE, command_id)], CommandContext(players=()), {DEE: Member(DEE, "Dee", "dm")}
        )
        handler.stored(decisions)
    await growth.exchange(sums)
    assert sums.bytes[DEE] == 2 * EVENT_BYTES


@pytest.mark.parametrize(("to", "audiences"), [("all", 1), ([ADA], 1), ([ADA, BO, CY], 3)])
@pytest.mark.parametrize("before", [(), (STAGED,)], ids=["at once", "staged"])
async def test_a_reveal_counts_by_what_analysts_get(
    before: Sequence[AnyCommand], to: Literal["all"] | list[UserId], audiences: int
) -> None:
    """Hexes times players, when it is made or staged; the publish, which has them by then, counts no more."""
    sums, growth = Sums(), LogGrowth(1)
    handler = CommandHandler(CAMPAIGN, lambda: NOW, growth)
    context = CommandContext(players={ADA, BO, CY}, max_staged=10)
    for command in [*before, reveal("0,0", "0,1", to=to), *([PUBLISH] if before else [])]:
        decisions = handler.decide([pending(command, DEE)], context, {DEE: Member(DEE, "Dee", "dm")})
        assert [one.refused for one in decisions] == [None]
        handler.stored(decisions)
    await growth.exchange(sums)
    assert sums.bytes == {DEE: 2 * audiences * ROW_BYTES}


@pytest.mark.parametrize(
    ("now", "seconds"),
    [
        (datetime(2026, 3, 1, 23, 59, 30, tzinfo=UTC), 31),
        (datetime(2026, 3, 1, tzinfo=UTC), 86_401),
        (datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), 1),
    ],
)
def test_when_to_come_again(now: datetime, seconds: int) -> None:
    """After the end of the day in UTC, never before it."""
    assert seconds_until_tomorrow(now) == seconds


@pytest.fixture
async def directory(database: str) -> AsyncIterator[Directory]:
    async with connection_pool(database) as pool:
        yield Directory(pool)


def rows(database: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


async def test_the_database_adds_it_up(directory: Directory, database: str) -> None:
    """Of several servers at once; yesterday is another sum, and last week is swept."""
    growths = [LogGrowth(1) for _ in range(4)]
    for growth in growths:
        growth.count([row(DEE, MEGABYTE // 4), row(ADA, 100)])
    await asyncio.gather(*(growth.exchange(directory) for growth in growths))
    assert await directory.log_growth_over(MEGABYTE) == {DEE}
    sums = dict(rows(database, "select person_id::text, bytes from log_growth"))
    assert sums == {DEE: 4 * (MEGABYTE // 4 + EVENT_BYTES), ADA: 4 * (100 + EVENT_BYTES)}
    rows(database, "update log_growth set day = day - 1")
    await growths[0].exchange(directory)
    assert not is_over(growths[0], DEE)
    await directory.sweep_log_growth()
    assert len(rows(database, "select day from log_growth")) == 2
    rows(database, "update log_growth set day = day - 7")
    await directory.sweep_log_growth()
    assert rows(database, "select day from log_growth") == []


async def test_the_books_are_kept(directory: Directory, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the background, whatever goes wrong in between; what is left at the end is written too."""
    monkeypatch.setattr("transport.server.bookkeeping.WRITE_SECONDS", 0.01)
    growth = LogGrowth(1)
    books = Bookkeeping(directory, growth)
    keeping = asyncio.create_task(books.run())
    growth.count([row(DEE, MEGABYTE)])
    await until_over(growth, DEE)
    rows(database, "alter table log_growth rename to log_growth_away")
    growth.count([row(ADA, MEGABYTE)])
    await asyncio.sleep(0.1)
    assert not keeping.done()
    rows(database, "alter table log_growth_away rename to log_growth")
    growth.count([row(ADA, MEGABYTE)])
    await until_over(growth, ADA)
    keeping.cancel()
    growth.count([row(ADA, 1)])
    await books.write()
    [(size,)] = rows(database, f"select bytes from log_growth where person_id = '{ADA}'")
    assert size >= MEGABYTE + 1 + 2 * EVENT_BYTES
