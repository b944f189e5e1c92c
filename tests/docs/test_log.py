"""docs/design.md describes the events, the tables and the rules that exist."""

from __future__ import annotations

from typing import cast, get_args

import psycopg

from domain.decide import CommandContext, decide
from domain.event_codec import EVENT_CLASSES
from domain.events import ENVELOPE
from domain.refusals import Refused
from domain.table import Status, Table
from tests.docs.pages import page, ticked
from tests.domain.scenario import ids, message

DESIGN = page("docs/design.md")


def test_every_event_is_documented() -> None:
    """The table has each type that the log can hold, with the fields of its data."""
    rows = DESIGN.section("The events").rows()
    said = {ticked(row["type in the log"])[0]: set(ticked(row["data"])) for row in rows}
    assert said == {topic: event.model_fields.keys() - ENVELOPE for topic, event in EVENT_CLASSES.items()}


def test_every_table_is_documented(database: str) -> None:
    """What a migrated database holds stands in the list, and nothing else does."""
    with psycopg.connect(database) as connection:
        found = connection.execute("select table_name from information_schema.tables where table_schema = 'public'")
        exist = sorted(name for (name,) in found)
    assert sorted(ticked(row["table or view"])[0] for row in DESIGN.section("The database").rows()) == exist


def test_the_rules_of_the_status_are_true() -> None:
    """From each status each command leads where the table says, and a dash is a refusal."""
    rows = DESIGN.section("The rules of the table").rows()
    assert [ticked(row["from"])[0] for row in rows] == list(get_args(Status))
    for row in rows:
        (before,) = ticked(row["from"])
        for verb in ("start", "pause", "resume", "end"):
            assert ticked(row[verb]) == status_after(verb, cast(Status, before)), (before, verb)


def status_after(verb: str, status: Status) -> list[str]:
    """The status that the command leads to, or none if it is refused."""
    to = {
        "session_started": "active",
        "session_paused": "paused",
        "session_resumed": "active",
        "session_ended": "ended",
    }
    new_ids = ids()
    try:
        facts = decide(
            message(f"session:{verb}"), Table(status=status), CommandContext(players=()), lambda: next(new_ids)
        )
    except Refused:
        return []
    return [to[facts[-1].event.TOPIC]]
