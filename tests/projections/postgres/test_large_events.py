"""An event that makes very many rows is brought in whole, in small pieces, beside everything else."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import psycopg
import pytest
from pydantic_core import to_json

from domain.aggregate import CommandMetadata, SessionAggregate
from domain.commands import AnyCommand
from domain.decide import CommandContext
from domain.event_codec import decode
from domain.events import Event
from domain.ids import CampaignId, UserId
from projections.postgres.feeder import feeding_connection
from projections.postgres.log_reader import END, SQL, Batch, LogReader
from projections.postgres.rebuild import rebuild
from projections.postgres.table_writer import PIECE
from tests.domain.scenario import DM, NOW, PUBLISH, STAGED, message, reveal
from tests.domain.store.patience import until
from tests.projections.analytics.histories import a_uuid, history
from tests.projections.postgres.kit import NAMES, checkpoints, feed, head, log, set_aside
from transport.analytics.projector import feeding

COUNTED = """
create table public.pieces (of text, rows bigint);
create function public.count_piece() returns trigger language plpgsql security definer as $$
begin insert into public.pieces select tg_table_name, count(*) from made; return null; end $$;
create trigger count_piece after insert on analytics_tables.reveal
referencing new table as made for each statement execute function public.count_piece();
create trigger count_piece after insert on analytics_tables.terrain
referencing new table as made for each statement execute function public.count_piece();
"""

SLOW = """
create function public.slow() returns trigger language plpgsql as 'begin perform pg_sleep({}); return null; end';
create trigger slow before insert on analytics_tables.reveal for each statement execute function public.slow();
"""

HELD = """
select count(*), count(distinct position), sum(hashtextextended(row::text, 0)) from analytics_tables.{} as row
"""


class LargeTable:
    """A campaign with so many players."""

    def __init__(self, players: int) -> None:
        self._random = Random(players)
        self.players = [UserId(str(a_uuid(self._random))) for _ in range(players)]
        self._aggregate = SessionAggregate.at(CampaignId(a_uuid(self._random)))

    def events(self, *commands: AnyCommand) -> list[Event]:
        """What the commands cause."""
        context = CommandContext(players=set(self.players))
        metadata = CommandMetadata(DM, NOW, lambda: a_uuid(self._random))
        return [event for command in commands for event in self._aggregate.handle(command, context, metadata)]


def keys(hexes: int, row: int = 0) -> list[str]:
    return [f"{n % 100},{row * 100 + n // 100}" for n in range(hexes)]


def to_forest(*hexes: str) -> AnyCommand:
    return message("hex:update", changes=[{"key": key, "terrain": "forest"} for key in hexes])


def run(database: str, statement: str) -> list[Any]:
    with psycopg.connect(database, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def held(database: str) -> list[Any]:
    """Of each table how many rows, from how many events, and a sum over all columns."""
    return [run(database, HELD.format(name)) for name in NAMES]


async def test_a_reveal_to_many_players_comes_in_pieces(database: str, seed: int) -> None:
    """So does a publish; other campaigns go on, and tables that are made anew hold the same."""
    table, others = LargeTable(45), history(Random(seed), 100)
    large = table.events(
        reveal(*keys(5_000), to=table.players),
        STAGED,
        reveal(*keys(400, row=1), to=table.players),
        to_forest(*keys(2_500)),
        to_forest(*keys(2_500)),
        PUBLISH,
    )
    await log(database, [*others[:50], *large, *others[50:]])
    run(database, COUNTED)
    await feed(database)
    assert checkpoints(database) == dict.fromkeys(NAMES, (head(database), None))
    assert set_aside(database) == {}
    pieces = dict[str, list[int]]()
    for name, rows in run(database, "select of, rows from pieces"):
        pieces.setdefault(name, []).append(rows)
    assert max(pieces["reveal"]) == max(pieces["terrain"]) == PIECE
    campaign = large[0].originator_id
    of_it = f"select count(*) from analytics.{{}} where campaign_id = '{campaign}'"
    assert run(database, of_it.format("reveal")) == [(5_400 * 45,)]
    assert run(database, of_it.format("terrain")) == [(2_500,)]
    grown = held(database)
    await rebuild(database, lambda _done, _total: None)
    assert held(database) == grown


async def test_others_have_their_turn_between_two_pieces(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of rows, and of the staged changes of a publish."""
    table = LargeTable(3)
    turns, then = 0, dict[str, list[int]]()

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def note(what: str, function: Any) -> Any:
        def noted(*arguments: Any) -> Any:
            then.setdefault(what, []).append(turns)
            return function(*arguments)

        return noted

    staged = table.events(STAGED, *(to_forest(*keys(2_500, row=n)) for n in range(20)))
    await log(database, staged)
    await feed(database)
    await log(database, table.events(reveal(*keys(1_000), to=table.players), PUBLISH))
    monkeypatch.setattr("projections.postgres.table_writer.to_json", note("rows", to_json))
    monkeypatch.setattr("projections.postgres.log_reader.decode", note("events", decode))
    watch = asyncio.create_task(count_turns())
    await feed(database, 1)
    watch.cancel()
    for what, least in (("rows", 20), ("events", 10)):
        assert len(set(then[what])) >= least, what
    assert len(set(then["rows"])) == len(then["rows"])


@pytest.mark.parametrize(("seconds", "pieces"), [(0.5, 5), (2.5, 2)], ids=["each in time", "none in time"])
async def test_a_slow_disk_only_takes_longer(
    database: str, monkeypatch: pytest.MonkeyPatch, seconds: float, pieces: int
) -> None:
    """What may take too long is a statement and no step; and where each does, they get more time."""
    monkeypatch.setattr("transport.analytics.projector.RETRY_SECONDS", 0.1)
    table = LargeTable(pieces)
    await log(database, table.events(reveal(*keys(PIECE), to=table.players)))
    run(database, SLOW.format(seconds))
    async with feeding(database, answer_seconds=1.5):
        await until(lambda: checkpoints(database) == dict.fromkeys(NAMES, (head(database), None)), seconds=120)
    assert run(database, "select count(*) from analytics.reveal") == [(pieces * PIECE,)]


async def test_no_more_is_read_than_is_taken_in(database: str) -> None:
    """Of a hundred large events that follow, one step reads a few: else each step would read all of the rest."""
    table = LargeTable(1)
    await log(database, table.events(*(to_forest(*keys(2_500, row=n)) for n in range(20))))
    async with feeding_connection(database) as connection:
        wanted = {"after": 0, "up_to": END, "limit": 50, "size": 30_000}
        cursor = await connection.execute(SQL["log_after"], wanted, binary=True)
        found = await cursor.fetchall()
        assert 1 <= len(found) < 5
        assert {following for *_, following in found} == {20}
        page = await LogReader(connection, Batch(50, 30_000)).page_after(0)
        assert (len(page.rows), page.is_full) == (1, True)
        assert not (await LogReader(connection, Batch(50, 30_000)).page_after(page.rows[0].position + 19)).rows
    await feed(database, 50)
    assert checkpoints(database)["terrain"][0] == head(database)
