"""The PostgreSQL that comes along, with the disk behind each commit."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from migrations.embedded.server import EmbeddedServer
from migrations.runner import migrate


@contextmanager
def a_database() -> Iterator[str]:
    """New and migrated."""
    with tempfile.TemporaryDirectory(prefix="fogbound-bench-") as folder, EmbeddedServer.start(Path(folder)) as server:
        migrate(server.url)
        yield server.url
