"""The views over the log have a typed column for each field of each event, for every version that was ever stored."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, get_args
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from domain.event_codec import EVENT_CLASSES, EventRow, decode
from domain.events import Event, SessionEvent, StagedReveal, StagedUpdate
from domain.map_parts import MapPart
from projections.analytics.event_views import ENVELOPE, KINDS, MEANINGS, columns, views
from tests.projections.analytics.histories import history
from tests.projections.postgres.kit import log
from tests.projections.postgres.odd_events import POISON, poison

SAMPLES = sorted((Path(__file__).parents[2] / "domain/samples").glob("*.json"))
INSERT = """
insert into event_log (
    campaign_id, version, event_id, type, schema_version, recorded_at, actor, session_id, command_id, data
) values (
    %(campaign_id)s, %(version)s, %(event_id)s, %(type)s, %(schema_version)s, %(recorded_at)s, %(actor)s,
    %(session_id)s, %(command_id)s, %(data)s
)
"""


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_a_stored_event_as_a_row(database: str, sample: Path) -> None:
    """The columns hold what the event holds."""
    stored = json.loads(sample.read_text("utf-8"))
    with psycopg.connect(database, row_factory=dict_row) as connection:
        connection.execute(INSERT, {**stored, "data": json.dumps(stored["data"])})
        (row,) = connection.execute(f"select * from analytics.{stored['type']}").fetchall()
        (event,) = connection.execute("select * from analytics.event").fetchall()
    envelope = {name: str(row.pop(name)) for name in ENVELOPE if name != "position"}
    assert envelope == {name: str(event[name]) for name in envelope}
    assert (event["type"], event["payload"], event["position"]) == (stored["type"], stored["data"], row.pop("position"))
    decoded = decode(EventRow(**{**stored, "data": json.dumps(stored["data"]).encode()}))
    assert row == expected(decoded)


def expected(event: Event) -> dict[str, Any]:
    """The columns beyond the envelope, taken from the event itself."""
    own = {name: getattr(event, name) for name in type(event).model_fields if name not in SessionEvent.model_fields}
    if "change" in own:
        own = own["change"].model_dump()
    found: dict[str, Any] = {}
    for name, value in own.items():
        if name == "audience":
            found["is_to_all"] = value == "all"
            found["player_ids"] = None if value == "all" else [UUID(user) for user in value]
        elif name == "changes":
            found["hex_keys"], found["terrains"] = [key for key, _ in value], [terrain for _, terrain in value]
        elif name == "variants":
            found["variant_hex_keys"], found["variants"] = [key for key, _ in value], [str(one) for _, one in value]
        elif name == "grid":
            fields = ("name", "width", "height", "hex_size", "orientation")
            found |= {f"grid_{field}": getattr(value, field, None) for field in fields}
        elif name == "part":
            fields = ("file", "number", "left", "takes_back", "pointy")
            found["import_id"] = getattr(value, "import_id", None)
            found |= {f"import_{field}": getattr(value, field, None) for field in fields}
        elif name == "player_id":
            found[name] = UUID(value)
        elif name == "present":
            found[name] = [UUID(user) for user in value]
        else:
            found[name] = list(value) if isinstance(value, tuple) else value
    if event.TOPIC == "change_staged":  # one view for two kinds of change
        found = {"is_to_all": None, "player_ids": None, "terrains": []} | found
    return found


def test_an_update_can_be_staged_too(database: str) -> None:
    """Its hexes and terrains stand in the same columns as those of one that was made at once."""
    stored = json.loads(next(path for path in SAMPLES if path.name == "change_staged.v1.json").read_text("utf-8"))
    change = StagedUpdate(changes=(("1,2", "lava"), ("3,4", "ice")))
    data = json.dumps({"change": change.model_dump(mode="json")})
    with psycopg.connect(database, row_factory=dict_row) as connection:
        connection.execute(INSERT, {**stored, "data": data})
        (row,) = connection.execute("select * from analytics.change_staged").fetchall()
    assert (row["kind"], row["hex_keys"], row["terrains"]) == ("update", ["1,2", "3,4"], ["lava", "ice"])
    assert (row["is_to_all"], row["player_ids"]) == (None, None)


def test_a_part_of_an_import(database: str) -> None:
    """The columns say to which import it belongs, and how much of it is still to come."""
    stored = json.loads(next(path for path in SAMPLES if path.name == "hexes_updated.v1.json").read_text("utf-8"))
    part = MapPart(import_id=UUID(int=5), file="0f" * 32, number=2, left=40_000, takes_back=True, pointy=True)
    data = json.dumps(stored["data"] | {"part": part.model_dump(mode="json")})
    with psycopg.connect(database, row_factory=dict_row) as connection:
        connection.execute(INSERT, {**stored, "data": data})
        (row,) = connection.execute("select * from analytics.hexes_updated").fetchall()
    assert expected(decode(EventRow(**{**stored, "data": data.encode()}))).items() <= row.items()
    assert (row["import_number"], row["import_left"], row["import_takes_back"]) == (2, 40_000, True)


def test_the_migrations_made_the_views_that_the_events_ask_for(database: str) -> None:
    """Made anew from the models they are the same, comments included: a changed event needs a new migration."""
    with psycopg.connect(database) as connection:
        there = described(connection, "analytics")
        connection.execute("create schema again")
        connection.execute(re.sub(r"\banalytics\.", "again.", views()).encode())
        made = described(connection, "again")
    assert made.keys() == EVENT_CLASSES.keys()
    assert {name: there[name] for name in made} == made


VIEWS = """
select pg_class.oid, relname, pg_get_viewdef(pg_class.oid), obj_description(pg_class.oid, 'pg_class')
from pg_class inner join pg_namespace on pg_namespace.oid = relnamespace
where relkind = 'v' and nspname = %s
"""
COLUMNS = "select attname, col_description(attrelid, attnum) from pg_attribute where attrelid = %s order by attnum"


def described(connection: psycopg.Connection[Any], schema: str) -> dict[str, list[Any]]:
    """Definition, comment and the comments of the columns of each view."""
    return {
        name: [definition, comment, connection.execute(COLUMNS, [oid]).fetchall()]
        for oid, name, definition, comment in connection.execute(VIEWS, [schema]).fetchall()
    }


def test_every_event_and_column_has_a_meaning() -> None:
    """And no meaning is left over."""
    events = get_args(Event)
    assert KINDS.keys() == {event.TOPIC for event in events}
    assert MEANINGS.keys() == {*ENVELOPE} | {column.name for event in events for column in columns(event)}


def test_a_field_of_a_new_kind_is_no_guess() -> None:
    """Whoever adds one says what its column is."""

    class Odd(SessionEvent):
        TOPIC = "odd"
        choices: dict[str, int]

    with pytest.raises(TypeError, match="choices"):
        columns(Odd)
    assert StagedReveal.model_fields.keys() == {"hex_keys", "audience", "kind"}


@pytest.mark.parametrize("fault", POISON)
async def test_an_odd_event_beside_others(database: str, seed: int, fault: str) -> None:
    """All rows of the others are read as before, also by a question about any of the columns."""
    await log(database, history(Random(seed), 60))
    topic = POISON[fault][0]
    before = rows_of(database, topic)
    odd = await poison(database, *POISON[fault])
    after = rows_of(database, topic)
    assert [row for row in after if row["campaign_id"] != odd] == before
    assert len(after) == len(before) + 1


def rows_of(database: str, topic: str) -> list[dict[str, Any]]:
    """Of the view; each column is asked for by itself too, as a condition that may be evaluated first."""
    with psycopg.connect(database, row_factory=dict_row) as connection:
        rows = connection.execute(f"select * from analytics.{topic} order by position").fetchall()
        for column in rows[0] if rows else ():
            known = f"select count(*) from analytics.{topic} where {column} = {column}"
            (found,) = connection.execute(known).fetchall()
            assert found["count"] == sum(row[column] is not None for row in rows)
        return rows


ODD: list[Any] = [
    None,
    True,
    7,
    1.5,
    99999999999,
    10**400,
    "odd",
    "7",
    "-" * 36,
    [],
    ["odd"],
    [None],
    [["odd"]],
    {"a": 1},
]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_whatever_a_field_holds(database: str, sample: Path) -> None:
    """A value that no event can have, in the place of any other: the view has the row, and raises nothing."""
    stored = json.loads(sample.read_text("utf-8"))
    if stored["type"] == "hexes_updated":
        part = MapPart(import_id=UUID(int=5), file="0f" * 32, number=2, left=40_000)
        stored["data"] |= {"part": part.model_dump(mode="json")}
    odd = [json.dumps(data) for data in spoiled(stored["data"])]
    tiny = json.dumps(stored["data"]).replace("32.5", "1e-400")  # less than any double precision but 0
    with psycopg.connect(database) as connection:
        for version, data in enumerate([*odd, tiny], start=1):
            row = {**stored, "version": version, "event_id": uuid4(), "command_id": None, "data": data}
            connection.execute(INSERT, row)
    assert len(rows_of(database, stored["type"])) == len(odd) + 1


def spoiled(value: Any) -> Iterator[Any]:
    """The value with each of its parts, and itself, in the place of something odd."""
    yield from ODD
    places = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for place, part in places:
        for odd in spoiled(part):
            copy = value.copy()
            copy[place] = odd
            yield copy


def test_what_cannot_be_read_is_null(database: str) -> None:
    """As a value and in a list; what is no list is an empty one."""
    stored = json.loads(next(path for path in SAMPLES if path.name == "session_started.v1.json").read_text("utf-8"))
    good = stored["data"]["present"]
    told: list[tuple[dict[str, Any], tuple[Any, Any]]] = [
        ({"number": "one", "present": [*good, "nobody"]}, (None, [*map(UUID, good), None])),
        ({"number": 2**31 - 1, "present": "nobody"}, (2**31 - 1, [])),
        ({"number": 2**31}, (None, [])),
    ]
    with psycopg.connect(database) as connection:
        for version, (data, _) in enumerate(told, start=1):
            row = {**stored, "version": version, "event_id": uuid4(), "command_id": None, "data": json.dumps(data)}
            connection.execute(INSERT, row)
        rows = connection.execute("select number, present from analytics.session_started order by version").fetchall()
    assert rows == [row for _, row in told]
