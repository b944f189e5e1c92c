"""JSON as the standard has it."""

from __future__ import annotations

import json
import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport.wire.strict_json import NotJson, read_json

NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_json_is_read(value: object) -> None:
    """Every value comes back as it was written."""
    assert read_json(json.dumps(value).encode()) == value


def test_a_byte_order_mark_is_no_fault() -> None:
    """Some editors write one."""
    assert read_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "Expecting value at line 1, column 1"),
        (b'{"a": 1\n"b": 2}', "at line 2, column 1"),
        (b"[1,]", "column"),
        (b"\xff", "byte 0 is not UTF-8"),
        (b'"\xed\xa0\x80"', "byte 1 is not UTF-8"),
        (b"NaN", "NaN is not JSON"),
        (b"[Infinity]", "Infinity is not JSON"),
        (b'{"a": -Infinity}', "-Infinity is not JSON"),
        (b'{"a": 1, "b": 2, "a": 1}', "'a' stands twice"),
        (b'[{"x": {"a": 1, "\\u0061": 2}}]', "'a' stands twice"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"9" * 5_000, "too many digits"),
    ],
)
def test_everything_else_is_refused(body: bytes, why: str) -> None:
    """With a reason that tells the place or the fault."""
    with pytest.raises(NotJson) as refusal:
        read_json(body)
    assert why in str(refusal.value)


def test_a_doubled_key_costs_no_more_than_reading() -> None:
    """Anybody may send thousands of keys; a search that grew with their square took a second of everybody's."""
    keys = ",".join(f'"{n}": 1' for n in range(6_000))
    plain, doubled = f"{{{keys}}}".encode(), f'{{{keys}, "5999": 1}}'.encode()

    def refuse() -> None:
        with pytest.raises(NotJson, match="'5999' stands twice"):
            read_json(doubled)

    floor = min(timeit.repeat(lambda: read_json(plain), number=1, repeat=5))
    assert min(timeit.repeat(refuse, number=1, repeat=5)) < 20 * floor
