"""Rows as the arrays that append_events unnests, in PostgreSQL's binary form: half the time of the driver's own way."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from uuid import UUID

from domain.append import Append

_UUID, _BIGINT, _INTEGER, _TEXT, _TIMESTAMPTZ, _JSONB = 2950, 20, 23, 25, 1184, 3802
"""Type numbers, the same in every PostgreSQL."""

# Of an array: dimensions, whether there may be nulls, type of the elements, their number, index of the first.
_ARRAY = struct.Struct("!iiIii")
_LENGTH = struct.Struct("!i")
_NULL = _LENGTH.pack(-1)
_JSONB_FORMAT = b"\x01"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def append_columns(appends: Sequence[Append]) -> list[bytes]:
    """The parameters of append_events, in its order."""
    rows = list(chain.from_iterable(append.rows for append in appends))
    expected_heads = chain.from_iterable(_of_the_first(append, append.decided_on) for append in appends if append.rows)
    rosters = chain.from_iterable(_of_the_first(append, append.roster) for append in appends if append.rows)
    return [
        _array_of_equals(_UUID, 16, [row.campaign_id.bytes for row in rows]),
        _array_of_equals(_BIGINT, 8, [_bigint(row.version) for row in rows]),
        _array(_BIGINT, list(expected_heads)),
        _array_of_equals(_UUID, 16, [row.event_id.bytes for row in rows]),
        _array(_TEXT, [row.type.encode() for row in rows]),
        _array_of_equals(_INTEGER, 4, [row.schema_version.to_bytes(4) for row in rows]),
        _array_of_equals(_TIMESTAMPTZ, 8, [_timestamptz(row.recorded_at) for row in rows]),
        _array(_TEXT, [row.actor.encode() for row in rows]),
        _array(_UUID, [_uuid(row.session_id) for row in rows]),
        _array(_TEXT, [_text(row.command_id) for row in rows]),
        _array(_JSONB, [_JSONB_FORMAT + row.data for row in rows]),
        _array(_BIGINT, list(rosters)),
    ]


def refusal_columns(appends: Sequence[Append]) -> list[bytes]:
    """The parameters of record_refusals, in its order."""
    refused = [(append, command, why) for append in appends for command, why in append.refused.items()]
    seen: set[Append] = set()
    heads: list[bytes | None] = []
    rosters: list[bytes | None] = []
    for append, _, _ in refused:
        is_first = append not in seen
        seen.add(append)
        heads.append(_bigint(append.decided_on) if is_first else None)
        rosters.append(_bigint(append.roster) if is_first and append.roster is not None else None)
    return [
        _array_of_equals(_UUID, 16, [append.campaign.bytes for append, _, _ in refused]),
        _array(_TEXT, [command.encode() for _, command, _ in refused]),
        _array(_TEXT, [why.code.encode() for _, _, why in refused]),
        _array(_TEXT, [why.message.encode() for _, _, why in refused]),
        _array(_BIGINT, heads),
        _array(_BIGINT, rosters),
    ]


def _of_the_first(append: Append, expected: int | None) -> list[bytes | None]:
    """Only the first event of an append is compared with what is there: the others follow it."""
    others = [None] * (len(append.rows) - 1)
    return [None if expected is None else _bigint(expected), *others]


def _array(element_type: int, elements: Sequence[bytes | None]) -> bytes:
    parts = [_ARRAY.pack(1, 1, element_type, len(elements), 1)]
    for element in elements:
        if element is None:
            parts.append(_NULL)
        else:
            parts += (_LENGTH.pack(len(element)), element)
    return b"".join(parts)


def _array_of_equals(element_type: int, length: int, elements: Sequence[bytes]) -> bytes:
    """Of elements that all take so many bytes."""
    each = _LENGTH.pack(length)
    return _ARRAY.pack(1, 1, element_type, len(elements), 1) + each.join((b"", *elements))


def _bigint(number: int) -> bytes:
    return number.to_bytes(8, signed=True)


def _timestamptz(moment: datetime) -> bytes:
    return _bigint((moment - _EPOCH) // _MICROSECOND)


def _uuid(value: UUID | None) -> bytes | None:
    return None if value is None else value.bytes


def _text(value: str | None) -> bytes | None:
    return None if value is None else value.encode()
