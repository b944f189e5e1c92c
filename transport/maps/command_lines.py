"""The commands of a map import as lines of JSON, for another process to read."""

from __future__ import annotations

from pydantic import TypeAdapter
from pydantic_core import from_json

from domain.commands import ImportMap
from domain.hexes import Grid
from domain.map_parts import MapPart

_command: TypeAdapter[ImportMap] = TypeAdapter(ImportMap)


def line_of(command: ImportMap) -> bytes:
    """Without the line break."""
    return _command.dump_json(command)


def command_in(line: bytes) -> ImportMap:
    """Not validated: the event that it becomes is, and to do it twice would hold the loop for ten milliseconds more."""
    told = from_json(line)
    grid, part = told["grid"], told["part"]
    # Tuples, of which the collector of garbage soon knows that they are in no cycle: of lists it never does.
    return ImportMap(
        [(key, terrain) for key, terrain in told["changes"]],
        [(key, variant) for key, variant in told["variants"]],
        None if grid is None else Grid.model_validate(grid),
        None if part is None else MapPart.model_validate(part),
    )
