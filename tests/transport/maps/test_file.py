"""Reading map files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from pydantic_core import to_json

from domain.commands import ImportMap
from domain.events import ENVELOPE, HexesUpdated
from domain.hexes import Grid
from domain.ids import EventId, UserId
from tests.transport.maps.map_files import a_map_file, as_bytes
from transport.maps.file import MAX_MAP_BYTES, MOST_TILES, TILE, InvalidMap, known_first, read_map


def refusal(content: object) -> str:
    """Why the file is refused."""
    with pytest.raises(InvalidMap) as refused:
        read_map(content if isinstance(content, bytes) else as_bytes(content))
    return refused.value.message


def test_a_map_file_is_read() -> None:
    """Every hex with its terrain, those with a variant with it, and the grid."""
    content = a_map_file(0)
    content["hexes"] = [
        {"q": 0, "r": -0, "terrain": "forest", "terrainVariant": 3},
        {"q": -99_999, "r": 99_999, "terrain": 'Čáslav\'s "moor"', "terrainVariant": "b"},
        {"q": 1, "r": 0, "terrain": "x" * 64, "terrainVariant": None},
        {"q": 1, "r": 1, "terrain": "water", "note": "an editor's own key"},
    ]
    content["exportedBy"] = {"editor": "7.2"}
    assert read_map(as_bytes(content)) == [
        ImportMap(
            changes=[
                ("0,0", "forest"),
                ("-99999,99999", 'Čáslav\'s "moor"'),
                ("1,0", "x" * 64),
                ("1,1", "water"),
            ],
            variants=[("0,0", 3), ("-99999,99999", "b")],
            grid=Grid(name="The Sunken Coast", width=400, height=250, hex_size=30.5, orientation="flat"),
        )
    ]


def test_a_map_without_hexes_still_brings_its_grid() -> None:
    """Somebody begins with an empty sheet."""
    (part,) = read_map(as_bytes(a_map_file(0)))
    assert (part.changes, part.variants) == ([], [])
    assert part.grid is not None


def stored_bytes(part: ImportMap) -> int:
    """The size of the event's data that the store will see."""
    event = HexesUpdated(
        originator_id=uuid4(),
        originator_version=1,
        timestamp=datetime(2026, 1, 1, tzinfo=UTC),
        event_id=EventId(uuid4()),
        actor=UserId(str(uuid4())),
        session_id=None,
        command_id=None,
        changes=tuple(part.changes),
        variants=tuple(part.variants),
        grid=part.grid,
    )
    return len(event.model_dump_json(exclude=set(ENVELOPE)))


@pytest.mark.parametrize(
    "terrain",
    ["water", "\U0001f30a" * 64, '"' * 64, "\\" * 64],
    ids=["short", "waves", "quotes", "backslashes"],
)
def test_no_part_is_too_large_for_the_store(terrain: str) -> None:
    """Parts have at most 5,000 hexes and 200 KiB, however long the words, and the grid."""
    content = a_map_file(20_000)
    content["name"] = "\U0001f30a" * 200
    for hexagon in content["hexes"]:
        hexagon |= {"terrain": terrain, "terrainVariant": terrain}
    parts = read_map(as_bytes(content))
    assert sum(len(part.changes) for part in parts) == 20_000
    assert [change for part in parts for change in part.changes] == [
        (f"{one['q']},{one['r']}", terrain) for one in content["hexes"]
    ]
    assert all(0 < len(part.changes) <= 5_000 for part in parts)
    assert all(stored_bytes(part) < 210 * 1024 for part in parts)
    assert all(part.grid is not None for part in parts)


def test_what_players_know_comes_first() -> None:
    """Players are told of known hexes in as many messages, and in the same order, however many others there are."""
    known = {"-200,0", "0,0", "199,19", "5,5"}
    for hexes in (8_000, 20_000):
        parts = read_map(as_bytes(a_map_file(hexes)))
        appends = known_first(parts, known)
        arranged = [part for append in appends for part in append]
        assert [len(append) for append in appends] == [3] + [1] * (len(appends) - 1)
        assert sorted(one for part in arranged for one in part.changes) == sorted(
            one for part in parts for one in part.changes
        )
        assert sorted(one for part in arranged for one in part.variants) == sorted(
            one for part in parts for one in part.variants
        )
        there = [key for part in arranged[:3] for key, _ in part.changes]
        assert there == ["-200,0", "0,0", "5,5", "199,19"]
        assert [len(part.changes) for part in arranged[:3]] == [1, 2, 1]
        assert {part.grid for part in arranged} == {parts[0].grid}
        assert known_first(parts, set()) == [[part] for part in parts]
        everything = {key for part in parts for key, _ in part.changes}
        (together,) = known_first(parts, everything)
        assert all(part.changes for part in together)


def test_what_is_known_of_a_map_is_stored_together() -> None:
    """A map that is scattered over more tiles is refused, whatever is known of it."""
    scattered = a_map_file(0)
    scattered["hexes"] = [{"q": TILE * (n % 40), "r": TILE * (n // 40), "terrain": "forest"} for n in range(MOST_TILES)]
    parts = read_map(as_bytes(scattered))
    assert [len(one) for one in known_first(parts, {key for part in parts for key, _ in part.changes})] == [MOST_TILES]
    scattered["hexes"].append({"q": -1, "r": 0, "terrain": "forest"})
    with pytest.raises(InvalidMap, match="in more than 3000 areas of 19 by 19 hexes"):
        read_map(as_bytes(scattered))
    largest = read_map(as_bytes(a_map_file(100_000)))
    assert len(known_first(largest, {key for part in largest for key, _ in part.changes})) == 1


def test_a_tile_fits_into_one_part() -> None:
    """Were it cut, it would be by what is in it; the longest terrains and variants take four bytes a character."""
    keys = [f"{q - TILE * 5_000},{r - TILE * 5_000}" for q in range(TILE) for r in range(TILE)]
    longest = "\U0001d518" * 64
    ((part,),) = known_first([ImportMap([(key, longest) for key in keys], [(key, longest) for key in keys])], set(keys))
    assert len(part.changes) == TILE**2


def change(place: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """A change of one field of the file or, with a dot, of its second hex; `...` removes it."""

    def apply(content: dict[str, Any]) -> None:
        target = content["hexes"][1] if place.startswith(".") else content
        key = place.removeprefix(".")
        if value is ...:
            del target[key]
        else:
            target[key] = value

    return apply


@pytest.mark.parametrize(
    ("place", "values"),
    [
        ("version", [..., 0, 2, "1", None, 1.5, True, 1.0]),
        ("name", [..., None, 5, "a\u0000b", "\ud800", "x" * 201, "a\u202eb"]),
        ("gridWidth", [..., -1, 1.5, "3", None, True, 100_001]),
        ("gridHeight", [..., -1, 1.5, "3", None, True, 100_001]),
        ("hexSize", [..., 0, -1, "3", None, True, 10_001]),
        ("orientation", [..., "round", None, 1]),
        ("hexes", [..., None, {}, "hexes", 5]),
        (".q", [..., None, "1", 1.0, 1.5, True, 100_000, -100_000, 10**40]),
        (".r", [..., None, "1", 1.0, 1.5, True, 100_000, -100_000, 10**40]),
        (".terrain", [..., None, 5, "", "x" * 65, "a\nb", "a\u0000b", "\ud800", "a\u200bb", ["water"]]),
        (
            ".terrainVariant",
            [1.5, True, "", "x" * 65, "\u0000", "\ud800", [], {}, 2**53 + 1, -(2**53) - 1, 10**40],
        ),
    ],
)
def test_the_place_of_a_fault_is_named(place: str, values: list[Any]) -> None:
    """The message begins with the way to the field, and repeats no Python and no pattern."""
    for value in values:
        content = a_map_file()
        change(place, value)(content)
        message = refusal(content)
        expected = f"hexes[1]{place}: " if place.startswith(".") else f"{place}: "
        assert message.startswith(expected), (value, message)
        assert message.count(": ") == 1
        assert not any(word in message for word in ("pattern", "dictionary", "Value error", "_H", "ctx"))


def test_the_first_fault_is_named() -> None:
    """Of many, the first in the file, and the header before the hexes."""
    content = a_map_file(20_000)
    for hexagon in content["hexes"][7_000:]:
        del hexagon["terrain"]
    assert refusal(content) == "hexes[7000].terrain: Field required"
    content["version"] = 2
    assert refusal(content) == "version: Input should be 1"


@pytest.mark.parametrize("hexagon", [None, 5, "0,0", [], [0, 0, "water"]])
def test_a_hex_is_an_object(hexagon: object) -> None:
    """Other things in the list are named by their number."""
    content = a_map_file()
    content["hexes"].append(hexagon)
    assert refusal(content) == "hexes[3]: Input should be an object"


def test_doubled_hexes_are_named() -> None:
    """A hex stands in a file once: otherwise it would depend on the order what it is."""
    content = a_map_file()
    content["hexes"].append({"q": -199, "r": 0, "terrain": "water"})
    assert refusal(content) == "hexes[3]: the hex -199,0 is already at hexes[1]"


def test_there_is_a_limit_on_hexes() -> None:
    """100,000 are read, 100,001 are not."""
    content = a_map_file(100_000)
    assert sum(len(part.changes) for part in read_map(as_bytes(content))) == 100_000
    content["hexes"].append({"q": 0, "r": -1, "terrain": "water"})
    assert refusal(content).startswith("hexes: List should have at most 100000 items")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "The map file is not JSON: Expecting value"),
        (b"[" * 50_000, "The map file is not JSON: it is nested too deeply"),
        (as_bytes(a_map_file()).replace(b"30.5", b"NaN"), "The map file is not JSON: NaN is not JSON"),
        (
            as_bytes(a_map_file()).replace(b'"r": 0', b'"r": 0, "r": 1'),
            "The map file is not JSON: the key 'r'",
        ),
        (b"\xff\xd8\xff\xe0", "The map file is not JSON: byte 0 is not UTF-8"),
        (b"[]", "Input should be an object"),
    ],
)
def test_what_is_no_map_file(body: bytes, why: str) -> None:
    """Other files are refused in words of their own."""
    assert refusal(body).startswith(why)


async def test_a_thread_that_reads_a_map_leaves_room_for_others() -> None:
    """While the largest map is read in a thread, the event loop is never kept from its work for long."""
    body = as_bytes(a_map_file(100_000))
    clock, longest = asyncio.get_running_loop().time, 0.0
    started = clock()
    reading = asyncio.create_task(asyncio.to_thread(read_map, body))
    while not reading.done():
        before = clock()
        await asyncio.sleep(0.001)
        longest = max(longest, clock() - before)
    assert sum(len(part.changes) for part in await reading) == 100_000
    # Usually a fiftieth; a reader that keeps the interpreter to itself takes all of it in one piece.
    assert longest < (clock() - started) / 3


def test_the_size_limit_admits_the_largest_map() -> None:
    """100,000 hexes as an editor writes them fit into 16 MiB."""
    assert len(to_json(a_map_file(100_000))) < MAX_MAP_BYTES / 2
