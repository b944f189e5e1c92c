"""What the documents say to analysts."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import psycopg
import pytest

from domain.events import ChangeStaged, Event, HexesRevealed, StagedReveal
from tests.access import access_of
from tests.docs.pages import page
from tests.examples.programs import EXAMPLES, load
from tests.projections.analytics.histories import history
from tests.projections.postgres.kit import feed, log
from tests.projections.postgres.odd_events import POISON, poison
from transport.analytics.description import described
from transport.rehearsal.script import read_script

ANALYTICS = page("docs/analytics.md")


def test_every_relation_and_column_is_documented(database: str) -> None:
    """As the database describes them. To renew: `fogbound spec analytics` prints the end of the page."""
    with psycopg.connect(database) as connection:
        told = described(connection)
    assert "| None |" not in told
    assert "\nNone\n" not in told
    assert ANALYTICS.text.endswith(f"from the comments in the database.\n\n{told}")


def test_the_questions_can_be_asked(database: str) -> None:
    """By an analyst."""
    questions = [text for text in ANALYTICS.examples("sql") if text.startswith("--")]
    assert questions
    with psycopg.connect(database) as connection:
        connection.execute("set search_path = analytics")
        connection.execute(f"set role {access_of(database).analyst_role}")
        for question in questions:
            connection.execute(question.encode())


@pytest.fixture(scope="module")
def example_evening() -> list[Event]:
    """What happens in it, by the clock of its script."""
    played = load("play_script.py")["play"](read_script(EXAMPLES / "first-evening.jsonl"))
    events: list[Event] = played.events
    return events


async def test_the_twelve_questions_have_these_answers(database: str, example_evening: list[Event]) -> None:
    """On the example evening, as an analyst; to the last digit, whatever else was played on the same database."""
    await log(database, history(Random(1), 300))
    for topic, data in POISON.values():
        await poison(database, topic, data)
    await log(database, example_evening)
    await feed(database)
    twelve = ANALYTICS.section("Twelve questions")
    titles = [title for title in twelve.headings() if re.match(r"\d+\. ", title)]
    assert [title.split(".")[0] for title in titles] == [str(n) for n in range(1, 13)]
    with psycopg.connect(database) as connection:
        connection.execute("set search_path = analytics")
        connection.execute(f"set role {access_of(database).analyst_role}")
        for title in titles:
            section = twelve.section(title)
            (question,) = section.examples("sql")
            answer = connection.execute(question.encode())
            assert as_shown(answer) == section.rows(), title


async def test_who_knows_how_much_of_a_party_that_never_splits(database: str, example_evening: list[Event]) -> None:
    """Each player knows what all know."""
    await log(database, [shown_to_all(event) for event in example_evening])
    await feed(database)
    (question,) = ANALYTICS.section("10. Who knew how much after each evening?").examples("sql")
    with psycopg.connect(database) as connection:
        connection.execute("set search_path = analytics")
        rows = connection.execute(question.encode()).fetchall()
        (known,) = connection.execute("select count(distinct hex) from reveal where audience = 'all'").fetchone() or (
            0,
        )
    last = [(player, hexes) for number, player, hexes in rows if number == 2]
    assert {player for player, _ in last} == {"381dc525", "850947d2", "80849ce4", "2dab9ddf"}
    assert {hexes for _, hexes in last} == {known}


def shown_to_all(event: Event) -> Event:
    """The same, if it is no reveal."""
    match event:
        case HexesRevealed():
            return event.model_copy(update={"audience": "all"})
        case ChangeStaged(change=StagedReveal() as change):
            return event.model_copy(update={"change": change.model_copy(update={"audience": "all"})})
        case _:
            return event


def as_shown(answer: psycopg.Cursor[Any]) -> list[dict[str, str]]:
    """The texts that the database sends, by column."""
    assert answer.pgresult is not None
    names = [column.name for column in answer.description or ()]
    rows = range(answer.pgresult.ntuples)
    return [{name: (answer.pgresult.get_value(row, n) or b"").decode() for n, name in enumerate(names)} for row in rows]
