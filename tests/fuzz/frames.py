"""Frames that a client could send, most of them wrong: valid commands, mutated as a structure and as a text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

VALID: tuple[dict[str, Any], ...] = (
    {"type": "session:start", "id": "a"},
    {"type": "session:pause"},
    {"type": "session:resume"},
    {"type": "session:end"},
    {"type": "broadcast:mode", "mode": "staged"},
    {"type": "broadcast:mode", "mode": "immediate", "id": "b"},
    {"type": "broadcast:publish", "id": "c"},
    {"type": "staged:undo", "index": 0},
    {"type": "staged:undo", "changeId": "eeeeeeee-0000-4000-8000-000000000004"},
    {"type": "hex:reveal", "hexKeys": ["0,0", "-12,7", "99999,-99999"], "targets": "all"},
    {"type": "hex:reveal", "hexKeys": ["3,-1"], "targets": {"playerIds": ["a-player"]}, "id": "d"},
    {"type": "hex:update", "changes": [{"key": "1,2", "terrain": "forest"}, {"key": "2,2", "terrain": "Moor 7"}]},
)

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, -(2**64), 10**400, 0.5, -0.0, 1e308),
    *("", " ", "all", "dm", "0,0", "00,0", "-0,0", "0,-0", "1,2,3", "1", "100000,0", "１,２", "1,2\n", "+1,0"),
    *("\u0000", "a\u0000b", "\ud800", "\udfff", "\u202e", "\u200b", "\ufeff", "💧", "é" * 64, "x" * 65, "x" * 5_000),
    *("__proto__", "constructor", "<img src=x onerror=alert(1)>", "'; drop table event_log; --", "{}", "%s%n"),
    *([], {}, [[]], [None], {"": ""}, {"playerIds": []}, {"playerIds": ["a"] * 101}, ["0,0"] * 5_001),
    *({"key": "0,0"}, {"terrain": "x"}, [{"key": "0,0", "terrain": ""}], [{"key": "0,0", "terrain": "\u0007"}]),
)

SNIPPETS = (
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    "\\",
    "\\u0000",
    "\\ud800",
    "NaN",
    "-Infinity",
    "1e999",
    "//",
    "\ufeff",
    "0" * 400,
)
NESTED = "[" * 500


def frames(random: Random) -> Iterator[str]:
    """Without end."""
    return mutations(random, VALID)


def mutations(random: Random, valid: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Of JSON objects, without end. All are UTF-8, for what is not never gets as far as a text."""
    for text in _texts(random, valid):
        yield text.encode(errors="replace").decode()


def _texts(random: Random, valid: Sequence[dict[str, Any]]) -> Iterator[str]:
    while True:
        message = json.loads(json.dumps(random.choice(valid)))
        kind = random.random()
        if kind < 0.05:
            yield json.dumps(message)
        elif kind < 0.6:
            yield json.dumps(_mutated(random, message), ensure_ascii=random.random() < 0.5)
        elif kind < 0.9:
            yield _garbled(random, json.dumps(message))
        elif kind < 0.95:
            yield "".join(chr(random.choice((random.randrange(128), random.randrange(0xD800)))) for _ in range(40))
        else:
            yield _doubled(random, message)


def _mutated(random: Random, message: Any) -> Any:
    for _ in range(random.randint(1, 3)):
        message = _mutated_somewhere(random, message)
    return message


def _mutated_somewhere(random: Random, value: Any) -> Any:
    """Goes down at random, and changes what is there."""
    if not isinstance(value, dict | list) or not value or random.random() < 0.1:
        return random.choice(ODD)
    if isinstance(value, list):
        at = random.randrange(len(value))
        return [*value[:at], _mutated_somewhere(random, value[at]), *value[at + 1 :]]
    key = random.choice(list(value))
    match random.randrange(6):
        case 0:
            return {name: one for name, one in value.items() if name != key}
        case 1:
            return {**value, str(random.choice(ODD))[:100]: random.choice(ODD)}
        case 2:
            return {**value, "id": random.choice(ODD)}
        case _:
            return {**value, key: _mutated_somewhere(random, value[key])}


def _garbled(random: Random, text: str) -> str:
    for _ in range(random.randint(1, 4)):
        at = random.randint(0, len(text))
        match random.randrange(5):
            case 0:
                text = text[:at]
            case 1:
                text = text[:at] + random.choice(SNIPPETS) + text[at:]
            case 2:
                text = text[:at] + chr(random.randrange(256)) + text[at + 1 :]
            case 3:
                text = text[:at] + text[at + random.randint(1, 8) :]
            case _:
                text = text[:at] + text[random.randint(0, len(text)) :]
    return NESTED + text if random.random() < 0.02 else text


def _doubled(random: Random, message: dict[str, Any]) -> str:
    """A key twice in one object, the second time with something else."""
    text = json.dumps(message)
    key = random.choice(list(message))
    return f"{text[:-1]}, {json.dumps(key)}: {json.dumps(random.choice(ODD))}}}"
