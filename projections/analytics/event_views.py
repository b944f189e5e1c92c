"""One view for each kind of event, with typed columns for its fields, out of the models themselves.

The views stand in a migration. A test makes them anew and compares, so that a changed event asks for a new migration.
"""

from __future__ import annotations

from types import UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel

from domain.events import Audience, Event, SessionEvent
from domain.hexes import Grid
from domain.ids import UserId
from domain.map_parts import MapPart
from projections.analytics.typed_values import (
    as_boolean,
    as_id,
    as_ids,
    as_integer,
    as_number,
    as_places,
    as_texts,
)

ENVELOPE = (
    "position",
    "campaign_id",
    "version",
    "event_id",
    "session_id",
    "actor",
    "recorded_at",
    "command_id",
    "schema_version",
)
"""The columns that every view has first, as the log has them."""

KINDS = {
    "session_started": "A session began.",
    "session_paused": "The session was paused.",
    "session_resumed": "The session went on.",
    "session_ended": "The session ended.",
    "broadcast_mode_changed": "The DM switched between staged and immediate mode.",
    "hexes_revealed": "Hexes were shown at once.",
    "hexes_updated": "Terrain was set at once, also by the import of a map, in parts.",
    "change_staged": "A change was put on the list of what is to happen. Its event_id is the id of the change.",
    "change_undone": "A staged change was taken back.",
    "changes_published": "All staged changes took effect.",
    "changes_discarded": "Staged changes were dropped: the session ended, or the DM went back to immediate.",
    "player_joined": "A player came to the table.",
    "player_left": "A player left the table.",
}

MEANINGS = {
    "position": "Place in the whole log: the order of commits. It has gaps.",
    "campaign_id": "The campaign.",
    "version": "Place in the campaign: 1, 2, 3 ... without gaps.",
    "event_id": "The event.",
    "session_id": "The session it happened in; null between sessions.",
    "actor": "The person who caused it.",
    "recorded_at": "When, by the clock of the server.",
    "command_id": "The id that the client gave its command; null when it gave none.",
    "schema_version": "Version of the shape in which it is stored, counted for each type.",
    "number": "Which session of the campaign: 1, 2, 3 ...",
    "present": "The players who were connected when it began.",
    "mode": "immediate: changes show at once; staged: they wait to be published.",
    "hex_keys": "The hexes, as q,r.",
    "is_to_all": "Whether all players of the campaign are shown it, those who join later too; null: it shows nothing.",
    "player_ids": "The players who are shown it; null when all are.",
    "terrains": "The terrain of each of hex_keys.",
    "variant_hex_keys": "The hexes of an imported map that have a variant.",
    "variants": "Which picture of its terrain each of variant_hex_keys has.",
    "grid_name": (
        "The name of an imported map; null where a hex was set by hand, and of old imports beyond their first part."
    ),
    "grid_width": "Hexes from left to right.",
    "grid_height": "Hexes from top to bottom.",
    "grid_hex_size": "The editor's pixels a hex.",
    "grid_orientation": "flat or pointy: what is at the top of a hex.",
    "import_id": "The import of a map of which this is a part; null where a hex was set by hand, and of old imports.",
    "import_file": "The SHA-256 of the map file.",
    "import_number": "Which part of the import it is, or of taking it back: 1, 2, 3 ...",
    "import_left": "Hexes of the import that were still to come after this part; 0: it was the last.",
    "import_takes_back": "Whether the import was taken back: its hexes are as they were before it.",
    "import_pointy": "Whether these hexes had come with a map of pointy-topped ones before the import.",
    "kind": "reveal or update.",
    "change_id": "The staged change: the event_id of its change_staged.",
    "change_ids": "The staged changes, in the order of staging.",
    "player_id": "The player.",
}
"""Of the columns; one name means the same in every view."""

PAIRS = {"changes": ("hex_keys", "terrains"), "variants": ("variant_hex_keys", "variants")}
"""What a field of pairs is called as two columns, arrays of one length."""


class Column(NamedTuple):
    """One of a view, and how it comes out of `data`."""

    name: str
    sql: str


def columns(event: type[SessionEvent]) -> list[Column]:
    """Those beyond the envelope. Raises TypeError for a field of a kind that no event had so far."""
    return _columns_of(event, "data")


def view(event: type[SessionEvent]) -> str:
    """The statement that makes it."""
    chosen = [*ENVELOPE, *(f"{column.sql} as {column.name}" for column in columns(event))]
    listed = ",\n    ".join(chosen)
    named = [*ENVELOPE, *(column.name for column in columns(event))]
    comments = [f"comment on view analytics.{event.TOPIC} is {_text(KINDS[event.TOPIC])};"]
    comments += [f"comment on column analytics.{event.TOPIC}.{name} is {_text(MEANINGS[name])};" for name in named]
    return (
        f"create view analytics.{event.TOPIC} as\nselect\n    {listed}\n"
        f"from public.event_log\nwhere type = '{event.TOPIC}';\n\n" + "\n".join(comments) + "\n"
    )


def views() -> str:
    """All of them."""
    return "\n".join(view(event) for event in get_args(Event))


def _columns_of(model: type[BaseModel], place: str) -> list[Column]:
    own = model.model_fields.keys() - SessionEvent.model_fields.keys()
    fields = [(name, field.annotation) for name, field in model.model_fields.items() if name in own]
    return [column for name, kind in fields for column in _columns(name, kind, place)]


def _columns(name: str, kind: Any, place: str) -> list[Column]:
    value, text = f"{place} -> '{name}'", f"{place} ->> '{name}'"
    if kind == Audience:
        return [
            Column("is_to_all", f"{value} = '\"all\"'"),
            Column("player_ids", f"case when jsonb_typeof({value}) = 'array' then {as_ids(value)} end"),
        ]
    if kind is int:
        return [Column(name, as_integer(value))]
    if kind is float:
        return [Column(name, as_number(value))]
    if kind is bool:
        return [Column(name, as_boolean(value))]
    if kind is str or get_origin(kind) is Literal:
        return [Column(name, text)]
    if _is_id(kind):
        return [Column(name, as_id(text))]
    if get_origin(kind) is tuple:
        return _array_columns(name, get_args(kind)[0], value)
    if kind == Grid | None:
        return [Column(f"grid_{column.name}", column.sql) for column in _columns_of(Grid, f"{place} -> '{name}'")]
    if kind == MapPart | None:
        found = _columns_of(MapPart, value)
        return [one._replace(name=f"import_{one.name.removeprefix('import_')}") for one in found]
    if get_origin(kind) in (Union, UnionType) and all(issubclass(one, BaseModel) for one in get_args(kind)):
        return _union_columns(get_args(kind), value)
    raise TypeError(f"{name}: {kind} has no column yet")


def _array_columns(name: str, kind: Any, value: str) -> list[Column]:
    if get_origin(kind) is tuple:
        keys, values = PAIRS[name]
        return [Column(keys, as_places(value, 0)), Column(values, as_places(value, 1))]
    return [Column(name, as_ids(value) if _is_id(kind) else as_texts(value))]


def _union_columns(models: tuple[type[BaseModel], ...], place: str) -> list[Column]:
    """The columns of all; one that several have is taken from each that it is in."""
    found: dict[str, list[str]] = {}
    for model in models:
        for column in _columns_of(model, f"{place}"):
            if column.sql not in found.setdefault(column.name, []):
                found[column.name].append(column.sql)
    return [
        Column(name, ways[0] if len(ways) == 1 else " || ".join(ways))  # of two arrays one is empty
        for name, ways in found.items()
    ]


def _is_id(kind: Any) -> bool:
    return kind is UUID or kind is UserId or getattr(kind, "__supertype__", None) is UUID


def _text(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"
