"""What the documents say to analysts."""

from __future__ import annotations

import re

import psycopg
from prometheus_client import REGISTRY

from tests.docs.pages import page
from transport.analytics import projector
from transport.analytics.description import described

ANALYTICS = page("docs/analytics.md")


def test_every_relation_and_column_is_documented(database: str) -> None:
    """As the database describes them. To renew: `fogbound spec analytics` prints the end of the page."""
    with psycopg.connect(database) as connection:
        told = described(connection)
    assert "| None |" not in told
    assert "\nNone\n" not in told
    assert ANALYTICS.text.endswith(f"from the comments in the database.\n\n{told}")


def test_every_metric_is_documented() -> None:
    """And none that doesn't exist."""
    made = {metric.name for metric in REGISTRY.collect() if metric.name.startswith("fogbound_")}
    assert {metric.name for metric in projector.STOPPED.describe()} <= made
    assert {row["metric"].strip("`") for row in ANALYTICS.rows() if "metric" in row} == made


def test_the_questions_can_be_asked(database: str) -> None:
    """By an analyst."""
    questions = ANALYTICS.examples("sql")
    assert questions
    with psycopg.connect(database) as connection:
        connection.execute("set search_path = analytics")
        connection.execute("set role fogbound_analyst")
        for question in questions:
            assert re.match("--", question)
            connection.execute(question.encode())
