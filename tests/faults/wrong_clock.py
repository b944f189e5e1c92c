"""The command line of Fogbound on a machine whose clock is wrong by as many seconds as a file says at the moment."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self

from typing_extensions import override

import transport.decider
import transport.map_import
from transport.cli import main

OFFSET_FILE = "WRONG_CLOCK_OFFSET"
"""The environment variable that names the file."""


def _offset() -> float:
    return float(Path(os.environ[OFFSET_FILE]).read_text(encoding="ascii"))


class _WrongDatetime(datetime):
    @classmethod
    @override
    def now(cls, tz: tzinfo | None = UTC) -> Self:
        return super().now(tz) + timedelta(seconds=_offset())


def _wrong(right: Callable[[], float]) -> Callable[[], float]:
    return lambda: right() + _offset()


if __name__ == "__main__":
    # Those who ask what time it is. Nobody waits by this clock: waiting goes by the monotonic one.
    transport.decider.datetime = _WrongDatetime  # type: ignore[attr-defined]  # that is the point
    transport.map_import.datetime = _WrongDatetime  # type: ignore[attr-defined]  # that is the point
    time.time = _wrong(time.time)
    main()
