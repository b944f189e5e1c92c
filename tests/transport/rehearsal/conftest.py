from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.conftest import fresh_database
from transport.rehearsal.stage import Stage
from transport.server.server import running
from transport.settings import Settings


@pytest.fixture
async def place(database: str) -> AsyncIterator[Stage]:
    """A server and its database to play on."""
    async with running(Settings(port=0, leave_grace_seconds=0.05), database) as url:
        yield Stage(url, database)


@pytest.fixture
def empty_log(server_url: str, migrated_template: str) -> Iterator[str]:
    """A second database, in which nothing has happened."""
    with fresh_database(server_url, migrated_template) as url:
        yield url
