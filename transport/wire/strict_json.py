"""JSON as the standard has it: what readers could take in two ways is refused."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NoReturn


class NotJson(ValueError):
    """The text is not JSON; the message says why."""


def read_json(body: bytes) -> Any:
    """The value in the UTF-8 text. Raises NotJson, also for NaN, a key twice in one object, and deep nesting.

    Uses the standard library, not pydantic's faster reader: that one holds the interpreter lock for a whole
    map file, while here the hook lets other threads, and so the tables in play, run in between.
    """
    try:
        return json.loads(body.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise NotJson(f"byte {error.start} is not UTF-8") from None
    except RecursionError:
        raise NotJson("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except NotJson:
        raise
    except ValueError:
        # The interpreter converts no number of thousands of digits: that takes quadratic time.
        raise NotJson("a number has too many digits") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = dict(pairs)
    if len(keys) < len(pairs):
        raise NotJson(f"the key {_first_doubled(pairs)[:64]!r} stands twice in one object")
    return keys


def _first_doubled(pairs: list[tuple[str, Any]]) -> str:
    """In one pass: anybody may send an object of thousands of keys."""
    counts = Counter(key for key, _ in pairs)
    return next(key for key, count in counts.items() if count > 1)


def _refuse_constant(name: str) -> NoReturn:
    raise NotJson(f"{name} is not JSON")
