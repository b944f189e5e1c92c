"""The command line of Fogbound on a machine whose clock is wrong by as many seconds as a file says at the moment.

While another file is there it hears no notification of PostgreSQL.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self

from psycopg.pq import PGnotify
from typing_extensions import override

import transport.maps.importing
import transport.server.server
from transport.cli.app import main
from transport.cluster.notifications import Notifications

OFFSET_FILE = "WRONG_CLOCK_OFFSET"
"""The environment variable that names the file with the seconds."""

DEAF_FILE = "DEAF_FILE"
"""The one that names the other."""


def _offset() -> float:
    return float(Path(os.environ[OFFSET_FILE]).read_text(encoding="ascii"))


class _WrongDatetime(datetime):
    @classmethod
    @override
    def now(cls, tz: tzinfo | None = UTC) -> Self:
        return super().now(tz) + timedelta(seconds=_offset())


def _wrong(right: Callable[[], float]) -> Callable[[], float]:
    return lambda: right() + _offset()


class _Deaf(Notifications):
    @override
    def _is_own(self, kind: str, said: PGnotify) -> bool:
        return Path(os.environ[DEAF_FILE]).exists() or super()._is_own(kind, said)


if __name__ == "__main__":
    transport.server.server.Notifications = _Deaf  # type: ignore[attr-defined]  # that is the point
    # Those who ask what time it is. Nobody waits by this clock: waiting goes by the monotonic one.
    transport.maps.importing.datetime = _WrongDatetime  # type: ignore[attr-defined]  # that is the point
    time.time = _wrong(time.time)
    main()
