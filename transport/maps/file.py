"""Reads a map file: the export of a hex-map editor becomes the commands that import it."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Annotated, Any, NamedTuple, NotRequired

from pydantic import (
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import PydanticCustomError, to_json
from typing_extensions import TypedDict

from domain.commands import ImportMap
from domain.hexes import MAX_HEXES, Grid, HexKey, Terrain, Variant
from domain.map_parts import MapPart
from domain.refusals import Refused
from projections.layout import axial
from transport.maps.json_amount import too_much
from transport.wire.first_error import first_error
from transport.wire.strict_json import NotJson, read_json
from transport.wire.version import VersionOne

MAX_MAP_BYTES = 16 * 1024 * 1024
MAX_MAP_HEXES = 100_000
PART_BYTES = 200 * 1024
"""Of JSON in one part; the store takes 256 KiB an event, and the grid and the brackets come on top."""

TILE = 19
"""Hexes along a side of a tile, so that all of its hexes fit into one part, however long their terrains are."""

MOST_TILES = 3_000
"""Of a map. One of MAX_MAP_HEXES whose hexes lie side by side has about 300, a road of 50,000 hexes has 2,632."""

MOST_TOGETHER = 2 * MOST_TILES
"""Parts in one append, which are told in one turn: a tile has two where an import is taken back that came upon hexes of
both orientations."""

Hexagon = tuple[HexKey, Terrain, Variant | None]


class InvalidMap(Refused):
    """The file is no map file; the message names the first place that is off."""

    code = "invalid_map"


class ReadMap(NamedTuple):
    """A map file that was read; `digest` is the SHA-256 of its bytes."""

    digest: str
    parts: list[ImportMap]

    @property
    def hexes(self) -> int:
        """How many it has."""
        return sum(len(part.changes) for part in self.parts)


def read_file(body: bytes) -> ReadMap:
    """The same as `read_map`, and by what the file is known again."""
    return ReadMap(hashlib.sha256(body).hexdigest(), read_map(body))


def read_map(body: bytes) -> list[ImportMap]:
    """The whole file as commands of at most MAX_HEXES hexes and PART_BYTES each.

    Raises InvalidMap. A large file takes about a second, in which other threads wait now and then.
    """
    if much := too_much(body):
        raise InvalidMap(f"The map file has too much beside its hexes: {much}")
    try:
        header = _Header.model_validate(read_json(body))
    except NotJson as error:
        raise InvalidMap(f"The map file is not JSON: {error}") from None
    except ValidationError as error:
        raise InvalidMap(first_error(error)) from None
    grid = Grid.model_validate(header.model_dump(include=set(Grid.model_fields)))
    each = _few_tiles(_each_once(_validated(header.hexes)))
    return _in_parts(grid, ((key, one["terrain"], one.get("terrainVariant")) for key, one in each))


class Arranged(NamedTuple):
    """Hexes as commands: those that some player knows, a tile in each, and the others, as many in each as may be.

    A player is told of known hexes alone, and of those of a part in one message. If they were spread over all parts, it
    would show how many lie between them; if they were cut by their number, how many of them others know. In which tile
    a hex lies, and which tile comes first, is always the same.
    """

    known: list[ImportMap]
    others: list[ImportMap]


def known_first(parts: Sequence[ImportMap], known: Container[HexKey]) -> list[list[ImportMap]]:
    """The same map, in lists as by `in_appends`."""
    return in_appends([arranged(parts[0].grid, _hexes_of(parts), known)])


def without(parts: Sequence[ImportMap], came: Container[HexKey]) -> list[ImportMap]:
    """The same map without the hexes that came before."""
    return _in_parts(parts[0].grid, (one for one in _hexes_of(parts) if one[0] not in came))


def arranged(grid: Grid | None, hexes: Iterable[Hexagon], known: Container[HexKey]) -> Arranged:
    """At least one command."""
    tiles: defaultdict[tuple[int, int], list[Hexagon]] = defaultdict(list)
    unknown: list[Hexagon] = []
    for one in hexes:
        (tiles[_tile(one[0])] if one[0] in known else unknown).append(one)
    first = [part for tile in sorted(tiles) for part in _in_parts(grid, sorted(tiles[tile], key=itemgetter(0)))]
    return Arranged(first, _in_parts(grid, unknown) if unknown or not first else [])


def in_appends(arranged: Iterable[Arranged]) -> list[list[ImportMap]]:
    """The parts of a list are to be stored in one append, one list after the other: first all that somebody knows."""
    known = [part for one in arranged for part in one.known]
    together = [known[n : n + MOST_TOGETHER] for n in range(0, len(known), MOST_TOGETHER)]
    return [*together, *([part] for one in arranged for part in one.others)]


def numbered(appends: Sequence[Sequence[ImportMap]], part: MapPart) -> list[list[ImportMap]]:
    """With what each is of an import: the first has the number of `part`, after the last none are to come.

    What a part says of itself already, besides these numbers, stays.
    """
    left = sum(len(one.changes) for parts in appends for one in parts)
    number = part.number
    of_import: list[list[ImportMap]] = []
    for parts in appends:
        of_import.append([])
        for one in parts:
            left -= len(one.changes)
            its = (one.part or part).model_copy(update={"number": number, "left": left})
            of_import[-1].append(replace(one, part=its))
            number += 1
    return of_import


def _hexes_of(parts: Iterable[ImportMap]) -> Iterator[Hexagon]:
    for part in parts:
        variants = dict(part.variants)
        for key, terrain in part.changes:
            yield key, terrain, variants.get(key)


def _tile(key: HexKey) -> tuple[int, int]:
    q, r = axial(key)
    return q // TILE, r // TILE


def _variant(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """One fault for the whole union, which by itself reports one for each of its members."""
    try:
        return handler(value)
    except ValidationError:
        text = "Input should be a whole number or 1 to 64 printable characters"
        raise PydanticCustomError("variant", text) from None


_Coordinate = Annotated[int, Field(ge=-99_999, le=99_999)]


class _Hex(TypedDict):
    __pydantic_config__ = ConfigDict(strict=True)  # type: ignore[misc]  # how pydantic wants a TypedDict configured

    q: _Coordinate
    r: _Coordinate
    terrain: Terrain
    terrainVariant: NotRequired[Annotated[Variant, WrapValidator(_variant)] | None]


_hex: TypeAdapter[_Hex] = TypeAdapter(_Hex)

_NAMES_IN_FILE = {"width": "gridWidth", "height": "gridHeight", "hex_size": "hexSize"}


class _Header(Grid):
    """The grid under the names of the file, and the hexes still unread."""

    model_config = ConfigDict(extra="ignore", alias_generator=lambda field: _NAMES_IN_FILE.get(field, field))

    version: VersionOne
    hexes: Annotated[list[Any], Field(max_length=MAX_MAP_HEXES)]  # type: ignore[pydantic-alias]  # only read from files


class MapFile(_Header):
    """A map file as it is described to others: the hexes are read only later, and one by one."""

    hexes: Annotated[list[_Hex], Field(max_length=MAX_MAP_HEXES)]


def _validated(hexes: Iterable[Any]) -> Iterator[_Hex]:
    """One by one: a list of them would look for every fault in the file before it told the first."""
    for index, value in enumerate(hexes):
        try:
            yield _hex.validate_python(value)
        except ValidationError as error:
            raise InvalidMap(first_error(error, ["hexes", index])) from None


def _each_once(hexes: Iterable[_Hex]) -> Iterator[tuple[HexKey, _Hex]]:
    seen: dict[HexKey, int] = {}
    for index, hexagon in enumerate(hexes):
        key = f"{hexagon['q']},{hexagon['r']}"
        if (earlier := seen.setdefault(key, index)) != index:
            raise InvalidMap(f"hexes[{index}]: the hex {key} is already at hexes[{earlier}]")
        yield key, hexagon


def _few_tiles(hexes: Iterable[tuple[HexKey, _Hex]]) -> Iterator[tuple[HexKey, _Hex]]:
    """Whatever is known of them: what others know must not decide how a map is cut."""
    tiles: set[tuple[int, int]] = set()
    for key, hexagon in hexes:
        tiles.add(_tile(key))
        if len(tiles) > MOST_TILES:
            raise InvalidMap(f"hexes: they lie in more than {MOST_TILES} areas of {TILE} by {TILE} hexes")
        yield key, hexagon


def _in_parts(grid: Grid | None, hexes: Iterable[Hexagon]) -> list[ImportMap]:
    parts: list[ImportMap] = []
    changes: list[tuple[HexKey, Terrain]] = []
    variants: list[tuple[HexKey, Variant]] = []
    room = PART_BYTES
    for key, terrain, variant in hexes:
        change = (key, terrain)
        size = len(to_json((change, (key, variant))))
        if len(changes) == MAX_HEXES or size > room:
            parts.append(ImportMap(changes, variants, grid))
            changes, variants, room = [], [], PART_BYTES
        room -= size
        changes.append(change)
        if variant is not None:
            variants.append((key, variant))
    return [*parts, ImportMap(changes, variants, grid)]
